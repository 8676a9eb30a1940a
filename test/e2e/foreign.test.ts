/** Repositories outside of Alpine, as users use them: an update, builds, and an image with an apk that trusts these repositories. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { makeKey } from '../../src/alpine/package/test-packages.ts';
import { serveFolder, spec, writeRepository } from './foreign-rig.ts';
import { makeWorkspace, type TestWorkspace } from './workspace.ts';

const KEY = makeKey('mine@example.org-1.rsa.pub');
const LABEL = '//aws/x86_64/uefi/tiny';
const LOCK = 'aib.sample.lock';

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'aib-foreign-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Changes the requested image; the others stay unchanged. */
function workspaceWith(block: string): TestWorkspace {
  const workspace = makeWorkspace(inject('sample'));
  workspace.edit('configs/images.conf', text =>
    text.replace('  scripts = [setup]\n', `  scripts = [setup]\n  WHEN { aws { WHEN { tiny { ${block} } } } }\n`),
  );
  return workspace;
}

describe('a repository on the web with its own key', () => {
  it('is locked by an update, and its packages come beside the mirror’s', async () => {
    const site = scratch();
    await writeRepository(join(site, 'alpine/mine'), KEY, [spec('hello', '1.0-r0', { depends: ['alpine-base'] })]);
    mkdirSync(join(site, 'keys'));
    writeFileSync(join(site, 'keys', KEY.name), KEY.publicPem);
    const address = await serveFolder(site);
    const key = `${address}/keys/${encodeURIComponent(KEY.name)}`;
    const workspace = workspaceWith(
      `repos { "${address}/alpine/mine" = mine }, repo_keys = ["${key}"], packages { hello = mine }`,
    );

    const updated = await workspace.aib('update');
    expect(updated.stderr).toContain(`the key ${KEY.name} was fetched from ${key}, SHA-256`);
    expect(updated.code, updated.stderr).toBe(0);
    const lock = JSON.parse(readFileSync(workspace.path(LOCK), 'utf8'));
    expect(lock.repositoryKeys).toEqual({ [key]: KEY.publicPem });
    expect(lock.packages[`${address}/alpine/mine/x86_64`]).toMatchObject({ hello: { version: '1.0-r0' } });

    const built = await workspace.aib('build', `${LABEL}:packages`, '--json');
    expect(built.code, built.stdout.slice(-2_000)).toBe(0);
    const host = address.replace('http://', '').replace(':', '+');
    const labels = built.events.flatMap(event => (event.type === 'ran' ? [event.label] : []));
    expect(labels.filter(label => label.includes('hello'))).toEqual([
      `//package/${host}/alpine/mine/x86_64/hello-1.0-r0`,
    ]);
    const found = await workspace.aib('query', `attr(host, '${host.replace('+', '[+]')}', deps(${LABEL}:packages))`);
    expect(found.stdout.trim().split('\n')).toEqual([`//package/${host}/alpine/mine/x86_64/hello-1.0-r0`]);
    expect((await workspace.aib('build', `//index/${host}/alpine/mine/x86_64`)).code).toBe(0);

    expect((await workspace.aib('build', `${LABEL}:packages`, '--offline', '--locked')).code).toBe(0);
    const elsewhere = await workspace.aib('build', `${LABEL}:packages`, '--cache', scratch(), '--offline');
    expect(elsewhere.stderr).toContain('AIB_OFFLINE');

    writeFileSync(join(site, 'keys', KEY.name), makeKey('other').publicPem);
    const refused = await workspace.aib('update');
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining(`The key ${KEY.name} has changed`)]);
    expect(JSON.parse(readFileSync(workspace.path(LOCK), 'utf8'))).toEqual(lock);
  });

  it('without a key is refused, with what to do', async () => {
    const workspace = workspaceWith('repos { "https://packages.example.org/mine" = true }');
    const refused = await workspace.aib('update');
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining('No key is trusted for the repository'),
    ]);
  });
});

/** Runs inside the image, with its own apk and its own keys. */
const PROBE = `#!/bin/sh -eu
grep -qx hello /etc/apk/world
grep -qx "1.0-r0" /usr/share/hello/version
[ "$(stat -c '%a %u' '/etc/apk/keys/${KEY.name}')" = '644 0' ]
cmp '/etc/apk/keys/${KEY.name}' /tmp/aib/probe/key
grep -qx "$(cat /tmp/aib/probe/repository)" /etc/apk/repositories
# The stand-in for apk of a sample without Alpine's userland knows no signatures.
case $(apk --version) in *stand-in*) exit 0 ;; esac
apk verify /tmp/aib/probe/hello-1.0-r0.apk
mv '/etc/apk/keys/${KEY.name}' /tmp/key
if apk verify /tmp/aib/probe/hello-1.0-r0.apk; then exit 1; fi
mv /tmp/key '/etc/apk/keys/${KEY.name}'
`;

describe('an image with a package of a folder of this machine', () => {
  it('has the key in /etc/apk/keys, where its own apk finds it, and the package in its world', async () => {
    const folder = scratch();
    await writeRepository(folder, KEY, [spec('hello', '1.0-r0')]);
    const workspace = workspaceWith(
      `repos { "${folder}" = true }, repo_keys = ["keys/${KEY.name}"], packages { hello = true }
       scripts = [check-keys], script_dirs = [probe]`,
    );
    mkdirSync(workspace.path('keys'));
    writeFileSync(workspace.path('keys', KEY.name), KEY.publicPem);
    mkdirSync(workspace.path('scripts/probe'));
    writeFileSync(workspace.path('scripts/check-keys'), PROBE, { mode: 0o755 });
    writeFileSync(workspace.path('scripts/probe/key'), KEY.publicPem);
    writeFileSync(workspace.path('scripts/probe/repository'), `${folder}\n`);
    writeFileSync(
      workspace.path('scripts/probe/hello-1.0-r0.apk'),
      readFileSync(join(folder, 'x86_64/hello-1.0-r0.apk')),
    );
    const built = await workspace.aib('build', `${LABEL}:disk`, '--json');
    expect(built.code, built.stdout.slice(-3_000)).toBe(0);
    const [, installed = ''] = (await workspace.aib('query', `${LABEL}:disk`, '--output', 'files')).stdout.split('\n');
    expect(readFileSync(installed, 'utf8')).toMatch(/^P:hello$/m);
  });
});
