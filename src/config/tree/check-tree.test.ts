import { describe, expect, it } from 'vitest';
import { parseHocon } from '../hocon/parse.ts';
import { checkTree } from './check-tree.ts';

const GOOD = `Dimensions {
  version { "3.20" {} }, arch { x86_64 {} }, firmware { uefi {} }, bootstrap { tiny {} }, cloud { aws {}, gcp {} } }`;

function faults(text: string, more = GOOD): readonly string[] {
  const whole = `${text}\n${more}`;
  const root = parseHocon(whole, 'test.conf');
  if (!root.ok) throw new Error(root.error.what);
  const tree = { root: root.value, over: [], sources: new Map([['test.conf', whole]]) };
  return checkTree(tree, ['iso', 'source']).map(({ failure, severity }) => {
    const { where = '', what, hint = '' } = failure;
    return `${severity} ${where.replace('test.conf:', '')} ${what}${hint === '' ? '' : ` → ${hint}`}`;
  });
}

describe('settings', () => {
  it.each([
    'motd { a = text, b = [x, y], c = null }, disk_size = 12, encrypted = "alias/key", image_format_opts = vhd/force-size',
    'qemu { args = [[-cpu, max], [-boot, d]], machine_type = null, firmware = work/f.bin, iso_url = "https://x" }',
    'qemu { boot_wait { aarch64 = 1m, x86_64 = 2m }, cmd_wait = 5s, ssh_timeout = 1m, memory = 2048, timeouts { login = 9 } }',
    'packages { a = --no-scripts, b = "--no-scripts edge", c = edge, d = null }, repos { "https://x" = edge }',
    'cloud_name = Generic (alpha), machine_name = x, ntp_server = "", end_of_life = 2026-05-01',
    'services { default { a = true, b = null }, "my-level" { c = false } }, regions { ALL = false }',
    'packages = null, services { default = null }, WHEN = null, EXCLUDE = null',
  ])('of the right form pass: %s', text => {
    expect(faults(`Default { ${text} }`, `${GOOD}\nDimensions.machine.vm {}`)).toEqual([]);
  });

  it.each([
    ['end_of_life = soon', 'error 1:25 end_of_life must be a date such as 2026-05-01'],
    ['size = 1G', 'error 1:11 Unknown setting: size → it was renamed: write disk_size = [1024], in MiB'],
    ['login = "Bad User"', 'error 1:19 login must be a valid user name'],
    ['login = 0root', 'error 1:19 login must be a valid user name'],
    ['login = true', 'error 1:19 login must be a single text → write it in quotes if you mean the text "true"'],
    ['qemu { mashine_type = virt }', 'error 1:18 Unknown setting: qemu.mashine_type → did you mean machine_type?'],
    ['qemu.timeouts.instal = 60', 'error 1:25 Unknown setting: qemu.timeouts.instal → did you mean install?'],
    ['qemu.timeouts.install = 1m', 'error 1:35 qemu.timeouts.install must be a whole number from 1'],
    ['qemu.boot_wait = 1m', 'error 1:28 qemu.boot_wait must be a map of names to texts'],
    ['qemu.memory = lots', 'error 1:25 qemu.memory must be a whole number from 1'],
    ['qemu.args = [[{}]]', 'error 1:25 qemu.args must be a list of texts'],
    ['packages { grub = --no-script }', 'error 1:29 packages.grub must be true, false, null, a tag, or --no-scripts'],
    ['repos { "https://x" = "a b" }', 'error 1:33 repos.https://x must be true, false, null or a tag'],
    ['access { PUBLIC = yes }', 'error 1:29 access.PUBLIC must be true, false or null → write PUBLIC = true'],
    [
      'bootloader = grub-efy',
      'error 1:24 bootloader must be one of grub, grub-efi, grub-bios, extlinux → did you mean grub-efi?',
    ],
    [
      'image_format_opts = vhd/forced',
      'error 1:31 image_format_opts must be one of vhd/force-size, vhd/fixed_force-size',
    ],
    [
      'services { boot = true }',
      'error 1:29 services.boot must be a map of names to true, false or null → write services.boot { name = true }',
    ],
    ['motd { a { b = c } }', 'error 1:20 motd.a must be a text or a list of lines'],
    ['name { a = b }', 'error 1:16 name must be a list of texts'],
    ['EXCLUDE = [{}]', 'error 1:22 EXCLUDE must be a list of dimension keys'],
    ['WHEN = aws', 'error 1:18 WHEN must be a map of settings → write WHEN { aws { … } }'],
    ['WHEN { aws = true }', 'error 1:24 WHEN aws must be a map of settings'],
    ['WHEN { aws { logon = a } }', 'error 1:24 Unknown setting: logon → did you mean login?'],
  ])('%s is a fault at its place', (text, fault) => {
    expect(faults(`Default { ${text} }`)).toEqual([fault]);
  });

  it.each([
    ['image_format = vdi', 'warning 1:26 image_format must be one of qcow2, vhd, raw, raw.tar.gz'],
    ['bootloader = systemd-boot', 'warning 1:24 bootloader must be one of grub, grub-efi, grub-bios, extlinux'],
  ])('%s may be of a later builder, and stops those alone that have it', (text, fault) => {
    expect(faults(`Default { ${text} }`)).toEqual([fault]);
  });

  it('that nobody knows stop a build only if they are nearly right: the original passes over them', () => {
    const [stray, slip] = faults('Default { WHEN { aws { default.sshd = true } }, disksize = [1] }');
    expect([stray, slip]).toEqual([
      expect.stringMatching(/^warning 1:24 Unknown setting: default/),
      'error 1:49 Unknown setting: disksize → did you mean disk_size?',
    ]);
  });

  it('are checked in every block, and a file that is included twice is reported once', () => {
    const block = '{ logon = a }';
    const text = `Default ${block}\nMandatory ${block}\nDimensions.cloud.aws ${block}\ncommon ${block}\nDimensions.cloud.gcp = \${common}`;
    expect(faults(GOOD, text).map(fault => fault.split(' ')[1])).toEqual(['3:11', '4:13', '5:24', '6:10']);
  });
});

describe('keys of dimensions', () => {
  it.each(['3.12', '"3.14 3.13"', 'edge', 'azure', '"metal vm"'])('may be spoken of where they have gone: %s', key => {
    expect(
      faults(`Default { WHEN { ${key.includes('.') && !key.startsWith('"') ? `"${key}"` : key} { login = a } } }`),
    ).toEqual([]);
  });

  it('that fit nothing are a warning, nearly right ones an error', () => {
    expect(faults('Default { EXCLUDE = [pluto, gcq] }')).toEqual([
      'warning 1:22 Unknown dimension key in EXCLUDE: pluto → correct it, or remove it: it matches nothing',
      'error 1:29 Unknown dimension key in EXCLUDE: gcq → did you mean gcp?',
    ]);
  });

  it('may be ranges of versions, with advice for one that is badly written', () => {
    expect(faults('Default { WHEN { ">=3.18 aws" { login = a } }, EXCLUDE = ["<3.18", "3.9..3.17"] }')).toEqual([]);
    expect(faults('Default { WHEN { "3.18+" { login = a } }, EXCLUDE = [">=edge"] }')).toEqual([
      'error 1:19 Invalid version range in WHEN: 3.18+ → write ">=3.18" for 3.18 and later, "<3.18" for all before it, or the first and the last version: "3.18..3.20"',
      'error 1:54 Invalid version range in EXCLUDE: >=edge → edge is later than every numbered version: write it as a separate word, or write ">=3.18"',
    ]);
    expect(faults('Default { WHEN { <3.20 { login = a } } }')).toContain(
      'error 1:18 Invalid version range in WHEN: <3 → write the whole version, in quotes: ">=3.18"',
    );
  });

  it('must fit into a label', () => {
    expect(faults('Dimensions.arch."a/b" {}')).toEqual([
      'error 1:18 The key "a/b" of arch cannot be part of a label → use only letters, digits, dots, dashes and underscores',
    ]);
  });
});

describe('the top', () => {
  it('may hold variables, but none that is nearly a block', () => {
    expect(faults('common { anything = 1 }, userhost = a')).toEqual([]);
    expect(faults('Defaults {}')[0]).toMatch(/^error 1:1 Unknown top-level key: Defaults .* did you mean Default\?/);
  });

  it('must have Dimensions, each with keys', () => {
    expect(faults('Default {}', '')).toEqual([
      'error 1:1 The configuration has no Dimensions → write Dimensions { version { … } arch { … } … }, or include a file that has it',
    ]);
    expect(faults('Dimensions.machine {}')).toEqual([
      'error 1:12 The dimension machine has no keys → add a key, or remove the dimension with machine = null',
    ]);
    expect(faults('Dimensions.machine = [vm]')[0]).toMatch(/^error 1:22 The dimension machine must be a map/);
    expect(faults('', 'Dimensions { versions { "3.20" {} } }')[0]).toMatch(
      /^warning .* version .* did you mean version instead of versions\?/,
    );
  });
});
