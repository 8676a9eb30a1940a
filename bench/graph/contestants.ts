/** The same graph in the language of each build tool, and the commands that build it. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { timed } from '../harness.ts';
import { type SyntheticNode, syntheticNode, syntheticNodes, writeSources } from './synthetic.ts';

/** Program and words. */
export type CommandLine = readonly [program: string, ...words: string[]];

export interface GraphTool {
  readonly name: string;
  /** A folder with a separate tree of sources. */
  readonly folder: string;
  /** Brings everything up to date. */
  readonly command: CommandLine;
  /** The command when nothing is to be done, if it is different. */
  readonly nullCommand?: CommandLine;
  /** Removes everything that was built. */
  readonly clean: () => void;
  /** SHA-256 of the last node's output, after a build with this standard output. */
  readonly last: (stdout: string) => string;
  /** Peak memory in KiB of a server process, which is not the started process. */
  readonly serverMemory?: () => number;
  readonly end?: () => void;
}

const JOBS = String(availableParallelism());

export function aib(
  folder: string,
  size: number,
  programs: { readonly launcher: string; readonly start: string; readonly node: string },
): GraphTool {
  writeSources(folder, size);
  mkdirSync(join(folder, 'configs'));
  // This file makes the folder a workspace.
  writeFileSync(join(folder, 'configs/images.conf'), '');
  writeFileSync(join(folder, 'graph.json'), JSON.stringify(syntheticNodes(size)));
  return {
    name: 'aib',
    folder,
    command: [programs.node, programs.start, 'build', '//all'],
    nullCommand: [programs.launcher, 'build', '//all'],
    clean: () => rmSync(join(folder, '.cache'), { recursive: true, force: true }),
    last: stdout => stdout.trim(),
  };
}

export function ninja(folder: string, size: number): GraphTool {
  writeSources(folder, size);
  const lines = ['rule join', '  command = cat $in > $out'];
  for (const node of syntheticNodes(size)) lines.push(`build ${node.output}: join ${inputsOf(node).join(' ')}`);
  writeFileSync(join(folder, 'build.ninja'), `${lines.join('\n')}\n`);
  return {
    ...inTree(folder, size),
    name: 'ninja',
    command: ['ninja', '-j', JOBS],
    clean: () => {
      for (const name of ['out', '.ninja_log', '.ninja_deps'])
        rmSync(join(folder, name), { recursive: true, force: true });
    },
  };
}

/** Without make's built-in rules, which would triple its time without any use. */
export function make(folder: string, size: number): GraphTool {
  writeSources(folder, size);
  const nodes = syntheticNodes(size);
  const lines = [`all: ${nodes.map(({ output }) => output).join(' ')}`];
  for (const node of nodes) lines.push(`${node.output}: ${inputsOf(node).join(' ')}`, '\tcat $^ > $@');
  writeFileSync(join(folder, 'Makefile'), `${lines.join('\n')}\n`);
  const makeFolders = (): void => {
    for (const { output } of nodes) mkdirSync(join(folder, dirname(output)), { recursive: true });
  };
  return {
    ...inTree(folder, size),
    name: 'make',
    command: ['make', '--silent', '-rR', '-j', JOBS],
    clean: () => {
      rmSync(join(folder, 'out'), { recursive: true, force: true });
      // ninja creates them itself.
      makeFolders();
    },
  };
}

/** At its fastest: with a running server, and without sandboxes. */
export function bazel(folder: string, size: number): GraphTool {
  writeSources(folder, size);
  writeFileSync(join(folder, 'WORKSPACE'), '');
  const rules = syntheticNodes(size).map(node => {
    const sources = JSON.stringify(inputsOf(node));
    return `genrule(name = "n${node.index}", srcs = ${sources}, outs = ["${node.output}"], cmd = "cat $(SRCS) > $@")\n`;
  });
  writeFileSync(join(folder, 'BUILD'), rules.join(''));
  const ask = (...words: readonly string[]): string => timed('bazel', words, { cwd: folder }).stdout.trim();
  return {
    name: 'bazel',
    folder,
    command: ['bazel', 'build', '--noshow_progress', '--spawn_strategy=local', `--jobs=${JOBS}`, '//:all'],
    clean: () => void ask('clean'),
    last: () => sha256(join(folder, 'bazel-bin', syntheticNode(size - 1).output)),
    serverMemory: () => peakOf(Number(ask('info', 'server_pid'))),
    end: () => void ask('shutdown'),
  };
}

function inTree(folder: string, size: number): Pick<GraphTool, 'folder' | 'last'> {
  return { folder, last: () => sha256(join(folder, syntheticNode(size - 1).output)) };
}

function inputsOf({ source, input }: SyntheticNode): readonly string[] {
  return input === undefined ? [source] : [source, syntheticNode(input).output];
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** KiB. */
function peakOf(pid: number): number {
  return Number(/^VmHWM:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}
