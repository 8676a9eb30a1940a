/** The end of a test run: each skipped test with its reason, and as the last line the counts; never says that nothing failed when something did. */
import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node';

export interface Outcome {
  /** The titles from the outermost group inwards. */
  readonly name: string;
  readonly state: 'passed' | 'failed' | 'skipped';
  /** What `context.skip(reason)` was given; vitest's own JSON report leaves it out. */
  readonly reason?: string;
}

/** The lines to print. `otherFailures` counts what failed outside any test: a file that could not be loaded, a stray rejection. */
export function summarise(outcomes: readonly Outcome[], otherFailures: number): readonly string[] {
  const skipped = outcomes.filter(outcome => outcome.state === 'skipped');
  const passed = outcomes.filter(outcome => outcome.state === 'passed').length;
  // Whatever neither passed nor was skipped, a test that never came to its end included.
  const failed = outcomes.length - passed - skipped.length + otherFailures;
  return [
    ...skipped.map(({ name, reason }) => `skipped: ${name}${reason === undefined ? reasonless(name) : ` (${reason})`}`),
    `${passed} passed, ${failed} failed, ${skipped.length} skipped`,
  ];
}

// Titles may carry the reason themselves: "mounts the image (skipped: no loop device)".
function reasonless(name: string): string {
  return /\(skipped: [^)]+\)$/.test(name) ? '' : ' (no reason given)';
}

/** Prints the summary, or writes it to the file that AIB_TEST_SUMMARY names, for run-tests to print when all else has ended. */
export class SummaryReporter implements Reporter {
  #picked = false;

  onInit(vitest: Vitest): void {
    this.#picked = vitest.config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const outcomes = modules.flatMap(module => [...module.children.allTests()].map(outcomeOf));
    const brokenFiles = modules.filter(module => module.state() === 'failed' && !hasFailedTest(module));
    // `vitest -t name` skips all the rest: those are not worth a line each.
    const counted = this.#picked
      ? outcomes.filter(outcome => outcome.state !== 'skipped' || outcome.reason !== undefined)
      : outcomes;
    const text = `${summarise(counted, brokenFiles.length + unhandled.length).join('\n')}\n`;
    const file = process.env.AIB_TEST_SUMMARY;
    if (file === undefined || file === '') process.stdout.write(text);
    else writeFileSync(file, text);
  }
}

function outcomeOf(test: TestCase): Outcome {
  const result = test.result();
  if (result.state === 'skipped') {
    return { name: test.fullName, state: 'skipped', ...(result.note === undefined ? {} : { reason: result.note }) };
  }
  return { name: test.fullName, state: result.state === 'passed' ? 'passed' : 'failed' };
}

function hasFailedTest(module: TestModule): boolean {
  return [...module.children.allTests()].some(test => outcomeOf(test).state === 'failed');
}
