import { expect, it } from 'vitest';
import { testLock } from '../../alpine/locking/test-lock.ts';
import { testConfig } from '../test-config.ts';
import { obstacle } from './buildable.ts';

const MADE = testConfig('image_format = qcow2');
const UNMADE = testConfig('image_format = "raw.tar.gz"');

it.each(['image', 'metadata', 'boot', '*'])('%s of a format that is not made yet cannot be built', output => {
  expect(obstacle(UNMADE, output, testLock())).toMatchObject({
    code: 'AIB_IMAGE_FORMAT',
    what: 'The image format raw.tar.gz is not supported',
    where: `${UNMADE.variant.name}:${output}`,
    got: 'supported formats: qcow2, vhd, raw',
  });
  expect(obstacle(MADE, output, testLock())).toBeUndefined();
});

it.each(['disk', 'overlay', 'packages'])('%s has no format, so it can be built', output => {
  expect(obstacle(UNMADE, output, testLock())).toBeUndefined();
});

it('with a boot loader that nobody knows, nothing that has one can be built', () => {
  const config = testConfig('image_format = qcow2, bootloader = systemd-boot');
  for (const output of ['disk', 'image', 'boot', '*'])
    expect(obstacle(config, output, testLock())).toMatchObject({
      ...{
        code: 'AIB_BOOTLOADER',
        what: 'The boot loader systemd-boot is not supported',
        where: `${config.variant.name}:${output}`,
      },
    });
  expect(obstacle(config, 'overlay', testLock())).toBeUndefined();
});
