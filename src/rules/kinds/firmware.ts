/** The `firmware` kind: the UEFI firmware that boots images, from Alpine's package. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { ClosurePackage } from '../../alpine/locking/closures.ts';
import { packageFile } from '../../alpine/mirror/mirror-layout.ts';
import { programSpec } from '../../engine/model/action.ts';
import type { ActionNode, Label } from '../../engine/model/graph.ts';
import { type Program, parameterOf } from '../../engine/run/program.ts';
import { unpackTar } from '../../formats/tar.ts';
import { internal } from '../../util/failure.ts';
import { fail, ok } from '../../util/result.ts';
import { FIRMWARE_PACKAGES } from '../firmware-packages.ts';
import type { SharedKind } from '../kind.ts';
import { packageLabel } from '../labels.ts';
import { type ParameterTable, valuesOf } from '../parameters.ts';

const FORMAT = 3;

/** The user's own firmware of an architecture, `firmware/<arch>/code.fd` and `vars.fd` of the workspace, replaces Alpine's. */
export function ownFirmware(folder: string, arch: string): { readonly code: string; readonly vars: string } {
  return { code: join(folder, 'firmware', arch, 'code.fd'), vars: join(folder, 'firmware', arch, 'vars.fd') };
}

export interface FirmwareOptions {
  readonly label: Label;
  readonly arch: string;
  /** Undefined if no repository has it. */
  readonly entry: ClosurePackage | undefined;
  /** The repositories that may have it. */
  readonly repositories: readonly string[];
}

const PARAMETERS = {
  ARCH: { words: 'the architecture', value: ({ arch }) => arch },
  PACKAGE: {
    words: 'the package that the firmware comes from',
    locked: true,
    value: ({ entry }) => (entry === undefined ? '' : packageFile(entry)),
  },
} satisfies ParameterTable<FirmwareOptions>;

export const FIRMWARE_KIND = {
  shared: true,
  labelWords: ['arch'],
  parameters: PARAMETERS,
} satisfies SharedKind;

export const FIRMWARE_OUTPUTS = ['code', 'vars'];

export function firmwareNode(options: FirmwareOptions): ActionNode {
  const { label, arch, entry, repositories } = options;
  return {
    type: 'action',
    label,
    kind: 'firmware',
    inputs: entry === undefined ? {} : { package: { label: packageLabel(entry), output: 'package' } },
    outputs: FIRMWARE_OUTPUTS,
    prepare: artifacts => {
      const wanted = FIRMWARE_PACKAGES[arch];
      if (wanted === undefined)
        return fail({ code: 'AIB_NO_FIRMWARE', what: `There is no UEFI firmware for ${arch}`, where: label });
      if (entry === undefined) {
        return fail({
          code: 'AIB_NO_PACKAGE',
          what: `No repository has ${wanted.name}, the UEFI firmware for ${arch} images`,
          where: repositories.join(', '),
          hint: 'use a mirror that has it, with --mirror, and run aib update',
        });
      }
      return ok({
        sort: 'builtin',
        spec: programSpec({
          kind: 'firmware',
          format: FORMAT,
          parameters: valuesOf(PARAMETERS, options),
          inputs: new Map(Object.entries(artifacts)),
          outputs: { code: { type: 'file', path: 'code.fd' }, vars: { type: 'file', path: 'vars.fd' } },
        }),
        resources: {},
      });
    },
  };
}

export const unpackFirmware: Program = async context => {
  const [arch, file] = [parameterOf(context, 'ARCH'), parameterOf(context, 'PACKAGE')];
  const wanted = FIRMWARE_PACKAGES[arch];
  if (wanted === undefined) throw internal(`no firmware for ${arch}`);
  const entries = await unpackTar(gunzipSync(readFileSync(context.inputFile('package'))));
  for (const part of ['code', 'vars'] as const) {
    const found = entries.find(({ path, type }) => type === 'file' && wanted[part].includes(path));
    if (found?.content === undefined) {
      return fail({
        code: 'AIB_MIRROR_CONTENT',
        what: `${file} has no ${part} part`,
        where: file,
        got: `none of ${wanted[part].join(', ')}`,
      });
    }
    writeFileSync(join(context.folder, `${part}.fd`), found.content);
  }
  return ok(undefined);
};
