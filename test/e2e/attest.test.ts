/** Records of an image that others can check: its provenance, the result of its verification, their signers, and the quorum. */
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { digestOfFile } from '../../src/store/content/digest.ts';
import { listen, stop } from '../local-server.ts';
import { makeWorkspace } from './workspace.ts';

const TINY = '//nocloud/x86_64/uefi/tiny';

describe('aib attest', () => {
  const workspace = makeWorkspace(inject('sample'));
  const at = (name: string): string => workspace.path(name);
  const images = workspace.path('.cache/images/nocloud');
  const folder = (): string => join(images, readdirSync(images)[0] ?? expect.unreachable());
  const named = (ending: string): string => {
    const file = readdirSync(folder()).find(name => name.endsWith(ending));
    return join(folder(), file ?? expect.unreachable(`no ${ending}`));
  };
  const trust = ['ci', 'lab', 'vendor'].flatMap(name => ['--trust', `${name}=${name}.key.pub`]);
  const check = (...words: readonly string[]) =>
    workspace.aib('attest', 'verify', ...words, ...trust, '--require', '2 of ci,lab,vendor');

  it('builds an image that has its provenance beside it, in no output, and leaves it alone where nothing is to be done', async () => {
    const built = await workspace.aib('build', TINY, '--set', 'motd.own=Hello');
    expect([built.stderr, built.code]).toEqual([expect.any(String), 0]);
    const { subject, predicate } = JSON.parse(readFileSync(named('.provenance.json'), 'utf8'));
    const { hash } = await digestOfFile(named('.qcow2'));
    const sha512 = readFileSync(named('.sha512'), 'utf8').split(' ')[0];
    expect(subject).toEqual([{ name: expect.stringMatching(/\.qcow2$/), digest: { sha256: hash, sha512 } }]);
    const { externalParameters, resolvedDependencies } = predicate.buildDefinition;
    expect(externalParameters).toMatchObject({ label: `${TINY}@3.20`, set: ['motd.own=Hello'] });
    const byName = new Map(resolvedDependencies.map((each: { name: string }) => [each.name, each]));
    const script = await digestOfFile(at('scripts/setup'));
    expect(byName.get('scripts/setup')).toEqual({ name: 'scripts/setup', digest: { sha256: script.hash } });
    const files = [...byName.values()].filter(each => (each as { uri?: string }).uri !== undefined);
    expect(files.length).toBeGreaterThan(20);
    for (const { uri, digest } of files as { uri: string; digest: { sha256: string } }[])
      expect([uri, (await digestOfFile(new URL(uri).pathname)).hash]).toEqual([uri, digest.sha256]);
    const lock = await digestOfFile(at('aib.sample.lock'));
    expect(byName.get('aib.sample.lock')).toMatchObject({ digest: { sha256: lock.hash } });
    expect(predicate.runDetails.builder.version).toMatchObject({
      node: expect.any(String),
      'qemu-system-x86_64': expect.any(String),
    });
    expect(predicate.runDetails.metadata.finishedOn > predicate.runDetails.metadata.startedOn).toBe(true);

    const before = statSync(named('.provenance.json'));
    // The same bytes with other options of the command line: the provenance describes the run that made them.
    const again = await workspace.aib(
      'build',
      TINY,
      '--set',
      'motd.own=Hello',
      '--set',
      'description=Another',
      '--json',
    );
    expect([again.code, again.ran.filter(kind => kind !== 'metadata')]).toEqual([0, []]);
    expect(statSync(named('.provenance.json'))).toEqual(
      expect.objectContaining({ mtimeMs: before.mtimeMs, ino: before.ino }),
    );
  });

  it('signs records with two keys, and two of three suffice where one does not', async () => {
    for (const name of ['ci', 'lab', 'vendor']) expect((await workspace.aib('key', 'new', `${name}.key`)).code).toBe(0);
    const signed = await workspace.aib(
      'attest',
      'sign',
      named('.provenance.json'),
      '--key',
      'vendor.key',
      '--output',
      'signed.json',
    );
    expect([signed.stderr, signed.code]).toEqual(['', 0]);
    const alone = await check('signed.json', '--image', named('.qcow2'));
    expect([alone.code, alone.stdout]).toEqual([
      3,
      expect.stringMatching(/^not enough: 1 more of ci, lab must sign$/m),
    ]);
    const both = await workspace.aib('attest', 'sign', 'signed.json', '--key', 'ci.key');
    writeFileSync(at('both.json'), both.stdout);
    const enough = await check('both.json', '--image', folder());
    expect([enough.code, enough.stdout]).toEqual([0, expect.stringMatching(/^enough$/m)]);
  });

  it('writes down what came of a verification, signed, and the record counts', async () => {
    const words = ['--vary', 'machine', '--record', 'verified.json', '--key', 'lab.key', '--set', 'motd.own=Hello'];
    const verified = await workspace.aib('verify', TINY, ...words);
    expect([verified.stderr, verified.code]).toEqual([expect.any(String), 0]);
    const { payload } = JSON.parse(readFileSync(at('verified.json'), 'utf8'));
    const { predicate } = JSON.parse(Buffer.from(payload, 'base64').toString());
    expect(predicate).toMatchObject({ verdict: 'bit-identical', varied: expect.arrayContaining(['cpu', 'memory']) });
    expect(predicate.notVaried).toEqual(expect.arrayContaining(['guest-clock', 'locale']));
    expect(predicate.provenance.sha256).toBe((await digestOfFile(named('.provenance.json'))).hash);
    const checked = await check('signed.json', 'verified.json', '--image', folder());
    expect([checked.code, checked.stdout]).toEqual([
      0,
      expect.stringMatching(/^verified\.json +bit-identical +lab +counts$/m),
    ]);
  });

  it('compares with the provenance of somebody else: the same image, and one of another script', async () => {
    copyFileSync(named('.provenance.json'), at('theirs.provenance.json'));
    const words = ['--against', 'theirs.provenance.json', '--vary', 'cpu'];
    const same = await workspace.aib('verify', ...words, '--set', 'motd.own=Hello');
    expect([same.stderr, same.code]).toEqual([expect.any(String), 0]);
    expect(same.stdout).toMatch(/^the image is the same as in theirs\.provenance\.json$/m);
    workspace.edit('scripts/setup-tiny', text => `${text}echo new >"$TARGET/etc/new"\n`);
    const server = createServer((_, response) => response.end(readFileSync(at('theirs.provenance.json'))));
    const address = await listen(server);
    const other = await workspace.aib(
      'verify',
      '--against',
      `${address}/theirs.json`,
      '--vary',
      'cpu',
      '--set',
      'motd.own=Hello',
    );
    await stop(server);
    expect([other.stderr, other.code]).toEqual([expect.any(String), 3]);
    expect(other.stdout).toMatch(/^the image differs from http:/m);
    expect(other.stdout).toMatch(/first different step: \S+:overlay had other inputs$/m);
    expect(other.stdout).toMatch(/^ +scripts\/setup-tiny: theirs sha256:\w+…, ours sha256:\w+…$/m);
    const folder = await workspace.aib('verify', TINY, '--against', '.', '--vary', 'cpu');
    expect(folder.stderr).not.toContain('AIB_RECORD');
    workspace.edit('scripts/setup-tiny', text => text.replace('echo new >"$TARGET/etc/new"\n', ''));
    expect((await workspace.aib('build', TINY, '--set', 'motd.own=Hello')).code).toBe(0);
  });

  it('finds a record that was changed, an image that was changed, and records of another one', async () => {
    const envelope = JSON.parse(readFileSync(at('verified.json'), 'utf8'));
    const text = Buffer.from(envelope.payload, 'base64').toString();
    const other = text.replace('"verdict": "bit-identical"', '"verdict":"bit-identical"');
    writeFileSync(at('changed.json'), JSON.stringify({ ...envelope, payload: Buffer.from(other).toString('base64') }));
    const changed = await check('both.json', 'changed.json', '--image', folder());
    expect([changed.code, changed.stdout]).toEqual([3, expect.stringContaining('The signature of lab is invalid')]);

    const image = readFileSync(named('.qcow2'));
    image.writeUInt8(image.readUInt8(4_000) ^ 1, 4_000);
    writeFileSync(at('changed.qcow2'), image);
    const flipped = await check('both.json', '--image', 'changed.qcow2');
    expect([flipped.code, flipped.stdout]).toEqual([3, expect.stringContaining('It is about another image')]);
  });

  it('says before the work what is in the way of a record', async () => {
    for (const words of [
      [TINY, '--key', 'lab.key'],
      [`${TINY}:disk`, '--record', 'no.json'],
      [TINY, '--record', 'no.json', '--key', 'none.key'],
      [TINY, '--record', 'nowhere/no.json'],
    ]) {
      const refused = await workspace.aib('verify', ...words, '--set', 'motd.own=Hello');
      expect([refused.code === 0, refused.stderr.match(/\[(AIB_\w+)\]/)?.[1]]).toEqual([
        false,
        expect.stringMatching(/^AIB_(USAGE|KEY_FILE|CANNOT_WRITE)$/),
      ]);
    }
    expect(existsSync(at('no.json'))).toBe(false);
  });
});
