/**
 * The files of a small new project: it includes the built-in tree, removes all but one variant, and adds a script. Must not write into a
 * folder that already contains configs/ or scripts/.
 */
import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { makeFolder } from '../../util/files/make-folder.ts';
import { writing } from '../../util/files/writing.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { Dimension } from '../tree/variants.ts';

export interface NewProject {
  readonly folder: string;
  readonly label: string;
  /** The written files, relative to the folder. */
  readonly files: readonly string[];
}

/** The variant to keep; a dimension or key that the tree does not have is ignored. */
const KEPT: Readonly<Record<string, string>> = {
  arch: 'x86_64',
  firmware: 'uefi',
  bootstrap: 'tiny',
  machine: 'vm',
  cloud: 'nocloud',
};

/** `builtIn`: the dimensions of the built-in tree. */
export function makeProject(folder: string, builtIn: readonly Dimension[]): Result<NewProject> {
  const path = resolve(folder);
  const taken = ['configs', 'scripts'].map(name => join(path, name)).find(each => existsSync(each));
  if (taken !== undefined) {
    return fail({
      code: 'AIB_CONFIG_EXISTS',
      what: 'The folder already contains a project',
      where: taken,
      hint: 'name another folder',
    });
  }
  const name = plainName(basename(path));
  const script = `setup-${name.toLowerCase()}`;
  const files: Readonly<Record<string, string>> = {
    'configs/images.conf': imagesConf(name, script, builtIn),
    [`scripts/${script}`]: scriptText(name),
    '.gitignore': '/.cache/\n/aib.local.conf\n/aib.sample.lock\n',
  };
  const written = writing(path, 'The project cannot be written', () => {
    for (const each of ['configs', 'scripts']) makeFolder(join(path, each));
    for (const [file, text] of Object.entries(files)) {
      if (!existsSync(join(path, file))) writeFileSync(join(path, file), text);
    }
    chmodSync(join(path, 'scripts', script), 0o755);
    return ok(undefined);
  });
  if (!written.ok) return written;
  const segments = ['cloud', 'arch', 'firmware', 'bootstrap'].map(each => KEPT[each] ?? '');
  return ok({ folder: path, label: `//${segments.join('/')}`, files: Object.keys(files) });
}

/** Removes accents, and replaces characters that are unusual in file names with a dash. */
function plainName(folder: string): string {
  const plain = folder.normalize('NFKD').replaceAll(/\p{M}/gu, '');
  return trimmed(plain.replaceAll(/[^A-Za-z0-9._-]+/g, '-')) || 'images';
}

/** A DNS label: at most 63 letters, digits and dashes. */
function hostName(name: string): string {
  return trimmed(
    name
      .toLowerCase()
      .replaceAll(/[^a-z0-9-]+/g, '-')
      .slice(0, 63),
  );
}

function trimmed(name: string): string {
  return name.replaceAll(/^[-._]+|[-._]+$/g, '');
}

function imagesConf(name: string, script: string, builtIn: readonly Dimension[]): string {
  return `# Images of ${name}: the built-in configuration of aib, with the changes in this file.

# the built-in images.conf, which this file hides
include required("images.conf")

# It must be unique: identifiers inside images and at clouds are made from it.
project = "urn:uuid:${randomUUID()}"

Default {
  # null first: otherwise the lists of the included file are kept
  name = null
  name = ["{cloud}_${name}", "{release}"]
  description = null
  description = ["${name} on Alpine Linux {release}"]
  motd.welcome = "Welcome to ${name}, on Alpine Linux {release}!"
}

# One variant a version. Remove a line to get its variants back.
Dimensions {
${builtIn.flatMap(dimension => removals(dimension)).join('\n')}
}

Dimensions.cloud.${KEPT.cloud} {
  # runs in the finished tree, after the scripts of aib
  scripts += ${script}
}
`;
}

/** Lines that remove all other keys of a dimension. */
function removals({ name, keys }: Dimension): readonly string[] {
  const kept = name === 'version' ? keys.filter(key => key !== 'edge') : keys.filter(key => key === KEPT[name]);
  if (kept.length === 0) return [];
  return keys.filter(key => !kept.includes(key)).map(key => `  ${name}.${quoted(key)} = null`);
}

function quoted(key: string): string {
  return /^[A-Za-z][\w-]*$/.test(key) ? key : JSON.stringify(key);
}

function scriptText(name: string): string {
  return `#!/bin/sh -eu
# What makes these images yours: runs inside the finished tree, without network, as root.

echo '${hostName(name)}' >/etc/hostname
`;
}
