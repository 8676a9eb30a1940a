/** Checks the disk size against the limits of formats and firmware, with the place in the configuration, before anything runs. */
import type { Failure } from '../../util/failure.ts';
import { formatPosition } from '../hocon/value.ts';
import { type MapSetting, settingAt } from '../tree/merge.ts';

const MIB_PER_GIB = 1_024;
const MIB_PER_TIB = MIB_PER_GIB * 1_024;

interface Bound {
  readonly mebibytes: number;
  readonly words: string;
}

/** The limit of Hyper-V. */
const VHD: Bound = { mebibytes: 2_040 * MIB_PER_GIB, words: 'the limit of a VHD is 2040 GiB' };
/** Its partition table counts sectors of 512 bytes in 32 bits. */
const BIOS: Bound = { mebibytes: 2 * MIB_PER_TIB, words: 'the limit of BIOS firmware is 2 TiB' };
/** The longest file of ext4, where images are usually built. */
const ANY: Bound = { mebibytes: 16 * MIB_PER_TIB, words: 'the limit of an image is 16 TiB' };

/** `mebibytes` is the sum of the settings. */
export function diskSizeFault(
  settings: MapSetting,
  mebibytes: number,
  { format, firmware }: { readonly format: string; readonly firmware: string },
): Failure | undefined {
  const bounds = [...(format === 'vhd' ? [VHD] : []), ...(firmware === 'bios' ? [BIOS] : []), ANY];
  const exceeded = bounds.find(bound => mebibytes > bound.mebibytes);
  if (exceeded === undefined) return undefined;
  const origin = settingAt(settings, 'disk_size')?.origins.at(-1);
  return {
    code: 'AIB_CONFIG_SIZE',
    what: `Setting \`disk_size\` is too large: ${exceeded.words}`,
    ...(origin === undefined ? {} : { where: formatPosition(origin) }),
    got: `${mebibytes} MiB in total`,
  };
}
