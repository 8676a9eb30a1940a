/** The `firmware` kind: the UEFI firmware that boots images, from Alpine's own package, verified like any other. */
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Mirror } from '../../alpine/mirror/mirror.ts';
import { packagePath } from '../../alpine/mirror/mirror-layout.ts';
import type { TrustRoot } from '../../alpine/package/keys.ts';
import { verifyIndex, verifyPackage } from '../../alpine/package/verify.ts';
import { programSpec } from '../../engine/model/action.ts';
import type { ActionNode, Label } from '../../engine/model/graph.ts';
import { type FetchContext, type FetchProgram, parameterOf } from '../../engine/run/program.ts';
import { unpackTar } from '../../formats/tar.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { SharedKind } from '../kind.ts';
import { builderRepositories, type RepositoryRef } from '../package-set.ts';
import { itemsOf, type ParameterTable, valuesOf } from '../parameters.ts';
import { indexInputs, readIndexInput } from './index-inputs.ts';
import { trustedKeys } from './trust.ts';

const FORMAT = 2;

interface FirmwarePackage {
  readonly name: string;
  /** Paths inside it, the first that exists counts. */
  readonly code: readonly string[];
  readonly vars: readonly string[];
}

const PACKAGES: Readonly<Record<string, FirmwarePackage>> = {
  x86_64: {
    name: 'ovmf',
    code: ['usr/share/OVMF/OVMF_CODE.fd', 'usr/share/OVMF/OVMF_CODE_4M.fd'],
    vars: ['usr/share/OVMF/OVMF_VARS.fd', 'usr/share/OVMF/OVMF_VARS_4M.fd'],
  },
};

/** The user's own firmware of an architecture, `firmware/<arch>/code.fd` and `vars.fd` of the workspace, takes the place of Alpine's. */
export function ownFirmware(folder: string, arch: string): { readonly code: string; readonly vars: string } {
  return { code: join(folder, 'firmware', arch, 'code.fd'), vars: join(folder, 'firmware', arch, 'vars.fd') };
}

export interface FirmwareOptions {
  readonly label: Label;
  readonly arch: string;
  readonly builder: string;
  readonly root: TrustRoot;
}

const PARAMETERS = {
  ARCH: { words: 'the architecture', value: ({ arch }) => arch },
  PACKAGE: { words: 'the package that the firmware comes from', value: ({ wanted }) => wanted.name },
  REPOSITORIES: {
    words: 'the repositories that may have it',
    shape: 'words',
    locked: true,
    value: ({ repositories }) => repositories.map(({ path }) => path),
  },
  TRUST_ROOT: { words: 'whose signatures count', value: ({ root }) => root.name },
} satisfies ParameterTable<
  Pick<FirmwareOptions, 'arch' | 'root'> & {
    readonly wanted: FirmwarePackage;
    readonly repositories: readonly RepositoryRef[];
  }
>;

export const FIRMWARE_KIND = {
  shared: true,
  labelWords: ['arch'],
  parameters: PARAMETERS,
} satisfies SharedKind;

export function firmwareNode({ label, arch, builder, root }: FirmwareOptions): ActionNode {
  const repositories = builderRepositories(builder, arch);
  return {
    type: 'action',
    label,
    kind: 'firmware',
    inputs: indexInputs(repositories),
    outputs: ['code', 'vars'],
    prepare: artifacts => {
      const wanted = PACKAGES[arch];
      if (wanted === undefined)
        return fail({ code: 'AIB_NO_FIRMWARE', what: `No UEFI firmware is known for ${arch}`, where: label });
      return ok({
        sort: 'fetch',
        spec: programSpec({
          kind: 'firmware',
          format: FORMAT,
          parameters: valuesOf(PARAMETERS, { arch, root, wanted, repositories }),
          inputs: new Map(Object.entries(artifacts)),
          outputs: { code: { type: 'file', path: 'code.fd' }, vars: { type: 'file', path: 'vars.fd' } },
        }),
        resources: { network: 1 },
      });
    },
  };
}

export function fetchFirmware(mirror: Mirror): FetchProgram {
  return async context => {
    const name = parameterOf(context, 'PACKAGE');
    const keys = trustedKeys(context);
    const repositories = itemsOf(parameterOf(context, 'REPOSITORIES'), 'words');
    for (const path of repositories) {
      const index = await verifyIndex(readIndexInput(context, path), keys, path);
      if (!index.ok) return index;
      const entry = index.value.packages.find(each => each.name === name);
      if (entry === undefined) continue;
      const file = packagePath(path, entry);
      const bytes = await mirror.fetch(file, {
        signal: context.signal,
        ...(entry.size > 0 ? { expect: { size: entry.size } } : {}),
        accept: async content => {
          const verified = await verifyPackage(content, entry, keys);
          return verified.ok ? ok(content) : verified;
        },
      });
      return bytes.ok ? extract(context, bytes.value, file) : bytes;
    }
    return fail({
      code: 'AIB_NO_PACKAGE',
      what: `No repository has ${name}, the UEFI firmware that boots ${parameterOf(context, 'ARCH')} images`,
      where: repositories.join(', '),
      hint: 'use a mirror that has it, with --mirror',
    });
  };
}

async function extract(context: FetchContext, bytes: Uint8Array, where: string): Promise<Result<void>> {
  const entries = await unpackTar(gunzipSync(bytes));
  const wanted = PACKAGES[parameterOf(context, 'ARCH')];
  for (const part of ['code', 'vars'] as const) {
    const found = entries.find(({ path, type }) => type === 'file' && wanted?.[part].includes(path));
    if (found?.content === undefined) {
      return fail({
        code: 'AIB_MIRROR_CONTENT',
        what: `${basename(where, '.apk')} has no ${part} part`,
        where,
        got: `none of ${wanted?.[part].join(', ')}`,
      });
    }
    writeFileSync(join(context.folder, `${part}.fd`), found.content);
  }
  return ok(undefined);
}
