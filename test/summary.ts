/**
 * The end of a test run: each skipped test with its reason, the times, and the counts as the last line. Never reports success if something
 * failed. In `--full` nothing may be skipped: if the machine does not have a required tool, the test fails.
 */
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node';
import { type Tier, tier } from './tier.ts';
import { partsBefore, type Timed, timingLines } from './timings.ts';

export interface Outcome {
  /** The titles from the outermost group inwards. */
  readonly name: string;
  readonly state: 'passed' | 'failed' | 'skipped';
  /** What `context.skip(reason)` was given; vitest's own JSON report leaves it out. */
  readonly reason?: string;
  /** Runs only with `--full`. */
  readonly full?: boolean;
}

export interface Run {
  /** Failures outside of tests: a file that could not be loaded, an unhandled rejection. */
  readonly otherFailures: number;
  readonly tier: Tier;
  /** Lines before the counts. */
  readonly timings?: readonly string[];
}

/** The lines to print. */
export function summarise(all: readonly Outcome[], { otherFailures, tier, timings = [] }: Run): readonly string[] {
  const outcomes = tier === 'first' ? all.filter(({ full }) => full !== true) : all;
  const later = all.length - outcomes.length;
  const left = outcomes.filter(outcome => outcome.state === 'skipped');
  const skipped = tier === 'full' ? [] : left;
  const passed = outcomes.filter(outcome => outcome.state === 'passed').length;
  // Everything that neither passed nor was skipped, including a test that did not end.
  const failed = outcomes.length - passed - skipped.length + otherFailures;
  const word = tier === 'full' ? 'failed, since --full skips nothing' : 'skipped';
  return [
    ...left.map(({ name, reason }) => `${word}: ${name}${reason === undefined ? reasonless(name) : ` (${reason})`}`),
    ...(later === 0 ? [] : [`${later} more belong to ./run-tests --full`]),
    ...timings,
    `${passed} passed, ${failed} failed, ${skipped.length} skipped`,
  ];
}

// A title may contain the reason: "mounts the image (skipped: no loop device)".
function reasonless(name: string): string {
  return /\(skipped: [^)]+\)$/.test(name) ? '' : ' (no reason given)';
}

/** Prints the summary, or writes it to the file in AIB_TEST_SUMMARY, which run-tests prints at the end. */
export class SummaryReporter implements Reporter {
  #picked = false;
  #root = '';
  /** By project, the start of its first file and the end of its last one. */
  readonly #spans = new Map<string, { began: number; ended: number }>();
  #began = 0;

  onInit(vitest: Vitest): void {
    this.#picked = vitest.config.testNamePattern !== undefined;
    this.#root = vitest.config.root;
    this.#began = Date.now();
  }

  onTestModuleStart({ project }: TestModule): void {
    if (!this.#spans.has(project.name)) this.#spans.set(project.name, { began: Date.now(), ended: Date.now() });
  }

  onTestModuleEnd({ project }: TestModule): void {
    const span = this.#spans.get(project.name);
    if (span !== undefined) span.ended = Date.now();
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const outcomes = modules.flatMap(module => [...module.children.allTests()].map(outcomeOf));
    const brokenFiles = modules.filter(module => module.state() === 'failed' && !hasFailedTest(module));
    // `vitest -t name` skips all other tests, which need no lines.
    const counted = this.#picked
      ? outcomes.filter(outcome => outcome.state !== 'skipped' || outcome.reason !== undefined)
      : outcomes;
    const otherFailures = brokenFiles.length + unhandled.length;
    const lines = summarise(counted, { otherFailures, tier, timings: this.#timings(modules) });
    if (!lines.at(-1)?.includes(' 0 failed,')) process.exitCode = 1;
    const file = process.env.AIB_TEST_SUMMARY;
    if (file === undefined || file === '') process.stdout.write(`${lines.join('\n')}\n`);
    else writeFileSync(file, `${lines.join('\n')}\n`);
  }

  #timings(modules: readonly TestModule[]): readonly string[] {
    const spans = [...this.#spans].sort(([, a], [, b]) => a.began - b.began);
    const first = spans[0]?.[1].began ?? Date.now();
    const parts: Timed[] = [
      ...partsBefore(process.env.AIB_TOOK ?? ''),
      // Mostly the sample mirror, which the end-to-end tests need.
      { name: 'preparation', ms: first - this.#began },
      ...spans.map(([name, { began, ended }]) => ({ name, ms: ended - began })),
    ];
    const files = modules.map(module => {
      const { collectDuration, duration } = module.diagnostic();
      return { name: relative(this.#root, module.moduleId), ms: collectDuration + duration };
    });
    return timingLines(parts, files);
  }
}

function outcomeOf(test: TestCase): Outcome {
  const result = test.result();
  const common = { name: test.fullName, full: test.tags.includes('full') };
  if (result.state === 'skipped') {
    return { ...common, state: 'skipped', ...(result.note === undefined ? {} : { reason: result.note }) };
  }
  return { ...common, state: result.state === 'passed' ? 'passed' : 'failed' };
}

function hasFailedTest(module: TestModule): boolean {
  return [...module.children.allTests()].some(test => outcomeOf(test).state === 'failed');
}
