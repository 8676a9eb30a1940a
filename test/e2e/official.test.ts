import { readFileSync } from 'node:fs';
import { describe, expect, inject, it } from 'vitest';
import { makeWorkspace } from './workspace.ts';

// An image that differs from the main job's as much as possible: another boot loader, bootstrap, kernel and format.
describe('the tree that comes with aib, on the sample mirror', () => {
  const workspace = makeWorkspace(inject('sample'));

  it('builds and boots an image of cloud-init on metal', async () => {
    const label = '//nocloud/x86_64/bios/cloudinit/metal';
    const booted = await workspace.aib('build', label, `${label}:boot`, '--json');
    expect(booted.stderr).not.toContain('left out');
    expect(booted.code, JSON.stringify(booted.events.at(-1))).toBe(0);
    expect(booted.ran).toContain('boot');
    const name = 'nocloud_alpine-3.20.3-x86_64-bios-cloudinit-metal-sample-r0';
    const metadata = JSON.parse(readFileSync(workspace.path('.cache/images/nocloud', name, `${name}.json`), 'utf8'));
    expect(metadata).toMatchObject({ name, mirror_root: 'sample' });
    const packages = Object.keys(metadata.packages);
    expect(packages).toEqual(expect.arrayContaining(['cloud-init', 'eudev', 'linux-lts', 'linux-firmware-bnx2']));
    expect(packages).not.toContain('linux-virt');
  });

  it('leaves out of a pattern what the mirror does not serve, and says no to who names it', async () => {
    const planned = await workspace.aib('plan', '//aws/...@all');
    expect(planned.code).toBe(0);
    expect(planned.stderr).toContain('6 variants are left out: the mirror of the lock does not serve aarch64');
    expect(planned.stdout).toContain('//aws/x86_64/uefi/cloudinit/metal@3.20:disk');
    expect(planned.stdout).not.toContain('aarch64');
    const named = await workspace.aib('build', '//aws/aarch64/uefi/tiny');
    expect(named.code).toBe(1);
    expect(named.stderr).toContain('[AIB_NOT_LOCKED]');
    expect((await workspace.aib('ls', '//aws/aarch64/...')).stdout).toContain('//aws/aarch64/uefi/tiny');
  });
});
