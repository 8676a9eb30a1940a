/** Runs a builtin by hand, in the present working folder, which contains its inputs; its parameters are the environment. */
import { formatFailure } from '../../../util/failure.ts';
import { inputsAt, type PlacedInput, type ProgramTable, programNamed } from '../program.ts';

/** `words` are the program's name and the paths of its inputs; the path of a folder ends with a slash. Returns the exit status. */
export async function runByHand(programs: ProgramTable, [name = '', ...paths]: readonly string[]): Promise<number> {
  const load = programNamed(programs, name);
  if (load === undefined) {
    process.stderr.write(`unknown builtin program: ${name}; available: ${Object.keys(programs).join(', ')}\n`);
    return 2;
  }
  const program = await load();
  const done = await program({
    parameters: process.env as Readonly<Record<string, string>>,
    folder: process.cwd(),
    ...inputsAt(new Map(paths.map(placed))),
    signal: new AbortController().signal,
    log: line => process.stdout.write(`${line}\n`),
    progress: () => {},
  });
  if (done.ok) return 0;
  process.stderr.write(`${formatFailure(done.error)}\n`);
  return 1;
}

function placed(word: string): readonly [string, PlacedInput] {
  const path = word.replace(/\/$/, '');
  return [path, { type: word === path ? 'file' : 'directory', path }];
}
