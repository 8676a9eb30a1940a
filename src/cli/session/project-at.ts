/** The project as it was at a revision of git, read into a temporary folder. Never touches the user's files or their index. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';
import type { Workspace } from '../../config/workspace/workspace.ts';
import { loadProject, type Project } from '../../rules/project/project.ts';
import { programFolder } from '../../util/files/home.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { Session } from './session.ts';

export interface ProjectAt {
  readonly project: Project;
  /** The full name of the commit. */
  readonly commit: string;
  /** The revision has no lock, so the current one was used. */
  readonly hasOwnLock: boolean;
}

/** The folder is removed when the session ends. `current` is the project as it is now. */
export async function projectAt(revision: string, session: Session, current: Project): Promise<Result<ProjectAt>> {
  const { workspace, options, signal } = session;
  const scratch = mkdtempSync(join(tmpdir(), 'aib-since-'));
  session.onClose(() => rmSync(scratch, { recursive: true, force: true }));
  const found = checkOut(revision, workspace.folder, scratch);
  if (!found.ok) return found;
  const { commit, folder } = found.value;
  if (!existsSync(join(folder, 'configs/images.conf')))
    return fail(noRevision(revision, 'it has no configs/images.conf here'));
  const lock = join(folder, basename(current.lockPath));
  const hasOwnLock = existsSync(lock);
  if (!hasOwnLock && existsSync(current.lockPath)) copyFileSync(current.lockPath, lock);
  const then = (path: string): string => thenPath(path, workspace, folder);
  const project = await loadProject(
    { ...workspace, folder, home: homeThen(workspace, folder) },
    {
      mirror: current.mirror.places.map(({ spec }) => spec),
      custom: options.custom?.map(then),
      vars: options.vars?.map(then),
      sets: options.set,
      ...{ locked: true, offline: options.offline, today: () => new Date().toISOString().slice(0, 10) },
      signal,
      // The configuration of now has shown the same warnings.
      onNotice: () => {},
    },
  );
  return project.ok ? ok({ project: project.value, commit, hasOwnLock }) : project;
}

/** A folder inside the workspace is read as it was. */
function thenPath(path: string, workspace: Workspace, folder: string): string {
  const below = relative(workspace.folder, resolve(path));
  return below.startsWith('..') ? path : join(folder, below);
}

/** A checkout of aib has its guest as it was, with the programs of now; otherwise aib itself is the same for both. */
function homeThen({ folder: now, home }: Workspace, folder: string): string {
  if (now !== home || !existsSync(join(folder, 'src/guest'))) return home;
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  symlinkSync(programFolder(home), join(folder, 'node_modules/.aib'));
  return folder;
}

/** Writes the files of the revision with an index of its own. `REV...` means the commit where the current branch left REV. */
function checkOut(
  revision: string,
  folder: string,
  scratch: string,
): Result<{ readonly commit: string; readonly folder: string }> {
  const top = git(['rev-parse', '--show-toplevel'], folder);
  if (!top.ok) return fail(top.missing ? noGit() : noRevision(revision, 'this folder is not in a git repository'));
  const prefix = git(['rev-parse', '--show-prefix'], folder);
  const base = revision.endsWith('...') ? git(['merge-base', '--', revision.slice(0, -3), 'HEAD'], folder) : undefined;
  const asked = base?.ok === true ? base.text : revision;
  const commit = git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${asked}^{commit}`], folder);
  if (!commit.ok || base?.ok === false) {
    const isShallow = git(['rev-parse', '--is-shallow-repository'], folder).text === 'true';
    return fail(
      noRevision(revision, isShallow ? 'this clone is shallow and does not have it' : 'git does not know it'),
    );
  }
  const environment = { ...process.env, GIT_INDEX_FILE: join(scratch, 'index') };
  const target = join(scratch, 'tree');
  const tree = `${commit.text}:${prefix.text}`;
  const read = git(['read-tree', tree], top.text, environment);
  const written = read.ok
    ? git(['checkout-index', '--all', '--quiet', `--prefix=${target}/`], top.text, environment)
    : read;
  if (!written.ok) return fail(noRevision(revision, written.said));
  return ok({ commit: commit.text, folder: target });
}

interface Said {
  readonly ok: boolean;
  readonly text: string;
  readonly said: string;
  /** git itself cannot be started. */
  readonly missing: boolean;
}

function git(words: readonly string[], cwd: string, env: NodeJS.ProcessEnv = process.env): Said {
  const ended = spawnSync('git', words, { cwd, env, encoding: 'utf8', maxBuffer: 1 << 26 });
  const said = (ended.stderr ?? '').trim().split('\n')[0] ?? '';
  return { ok: ended.status === 0, text: (ended.stdout ?? '').trim(), said, missing: ended.error !== undefined };
}

function noRevision(revision: string, got: string) {
  return { code: 'AIB_REVISION', what: `The project at ${revision} cannot be read`, got, hint: hintFor(got) } as const;
}

function hintFor(got: string): string {
  if (got.includes('shallow')) return 'fetch it first: git fetch --unshallow';
  if (got.includes('not in a git')) return 'run it in a clone, or make the project a repository: git init';
  return 'name a commit, a branch or a tag: git log --oneline -- configs';
}

function noGit() {
  return { code: 'AIB_REVISION', what: 'git cannot be started', got: 'no git on PATH', hint: 'install git' } as const;
}
