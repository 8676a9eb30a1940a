/**
 * Chooses the reporter of a build. Reporters only read events: they must not affect the build, and nothing else writes to the terminal
 * meanwhile.
 */
import pc from 'picocolors';
import { jsonReporter } from './json-events.ts';
import { plainReporter } from './plain.ts';
import { quietReporter } from './quiet.ts';
import type { Output, Reporter, ReporterOptions, ReporterSetup } from './reporter-contract.ts';
import { ttyReporter } from './tty.ts';

export function makeReporter(options: ReporterOptions): Reporter {
  const { out, env = process.env, every = everyInterval } = options;
  const setup: ReporterSetup = { ...options, env, every, colors: pc.createColors(wantsColor(out, env)) };
  const mode = options.mode === 'auto' ? modeFor(out, env) : options.mode;
  switch (mode) {
    case 'tty':
      return ttyReporter(setup);
    case 'plain':
      return plainReporter(setup);
    case 'json':
      return jsonReporter(setup);
    case 'quiet':
      return quietReporter(setup);
    default:
      return mode satisfies never;
  }
}

function modeFor(out: Output, env: Readonly<Record<string, string | undefined>>): 'tty' | 'plain' {
  const inCi = isSet(env.CI) && env.CI !== 'false';
  return out.isTTY === true && !inCi && env.TERM !== 'dumb' ? 'tty' : 'plain';
}

/** NO_COLOR overrides FORCE_COLOR; empty variables are ignored, as no-color.org defines. */
function wantsColor(out: Output, env: Readonly<Record<string, string | undefined>>): boolean {
  if (isSet(env.NO_COLOR)) return false;
  if (isSet(env.FORCE_COLOR)) return env.FORCE_COLOR !== '0';
  return out.isTTY === true && env.TERM !== 'dumb';
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}

function everyInterval(intervalMs: number, run: () => void): () => void {
  const timer = setInterval(run, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}
