import { expect, test } from 'vitest';
import { finishedProject } from '../../../test/finished-image.ts';
import { digestOf } from '../../store/content/digest.ts';
import type { Store } from '../../store/store.ts';
import { readStatement } from '../signing/statement.ts';

function parsed(text: string) {
  expect(readStatement(Buffer.from(text))).toMatchObject({ ok: true });
  const { subject, predicate } = JSON.parse(text);
  const { buildDefinition, runDetails } = predicate;
  const dependencies = new Map<string, Record<string, unknown>>(
    buildDefinition.resolvedDependencies.map((each: { name: string }) => [each.name, each]),
  );
  return { subject, ...buildDefinition, ...runDetails, dependencies };
}

test('a provenance tells what the image was made from, by digest, and of the run that made it', async () => {
  const { store, build, provenance } = finishedProject();
  const built = await build({ set: ['disk_size=200'] });
  const told = parsed(await provenance(built));
  expect(told.subject).toEqual([{ name: 'tiny.vhd', digest: { sha256: expect.any(String), sha512: 'ab' } }]);
  expect(told.externalParameters).toMatchObject({
    label: '//aws/x86_64/uefi/tiny@3.20',
    set: ['disk_size=200'],
    settings: { arch: 'x86_64', cloud: 'aws', disk_size: 130, scripts: ['setup', 'setup-tiny'] },
  });
  expect(told.internalParameters.mirrors).toEqual(['http://127.0.0.1:9/alpine']);
  const sha256 = digestOf('#!/bin/sh\n').hash;
  expect(told.dependencies.get('scripts/setup')).toEqual({ name: 'scripts/setup', digest: { sha256 } });
  expect(told.dependencies.get('v3.20/main/x86_64/musl-1.0-r0.apk')).toMatchObject({
    uri: 'http://127.0.0.1:9/alpine/v3.20/main/x86_64/musl-1.0-r0.apk',
    digest: { sha256: digestOf('//package/v3.20/main/x86_64/musl-1.0-r0 package').hash },
  });
  const iso = told.dependencies.get('v3.20/releases/x86_64/alpine-virt-3.20.3-x86_64.iso');
  expect(iso).toMatchObject({ digest: { sha256: '0'.repeat(64), sha512: '0'.repeat(128) } });
  expect(told.dependencies.get('v3.20/main/x86_64/APKINDEX.tar.gz')).toMatchObject({
    digest: { sha256: '0'.repeat(64) },
  });
  expect([...told.dependencies.keys()]).not.toContain('v3.19/main/x86_64/APKINDEX.tar.gz');
  expect(told.dependencies.get('aib.lock')).toMatchObject({ digest: { sha256: expect.any(String) } });
  expect(told.builder).toMatchObject({ version: { node: '24.0.0' }, builderDependencies: [{ name: 'aib.mjs' }] });
  const run = store.runs.find(1) ?? expect.unreachable();
  expect(told.metadata).toEqual({
    invocationId: expect.stringMatching(/^[0-9a-f-]{36}\/1$/),
    startedOn: new Date(run.started).toISOString(),
    finishedOn: new Date(run.ended ?? 0).toISOString(),
  });
  const disk = told.byproducts.find(
    ({ name, annotations }: { name: string; annotations: { output: string } }) =>
      name.endsWith(':disk') && annotations.output === 'disk',
  );
  expect(disk).toMatchObject({ annotations: { kind: 'disk', invocationId: told.metadata.invocationId } });
});

test('a setting that does not reach the bytes is left out: it can change without the image', async () => {
  const { build, provenance } = finishedProject();
  const { settings } = parsed(await provenance(await build())).externalParameters;
  for (const name of ['name', 'description', 'access', 'regions']) expect(Object.keys(settings)).not.toContain(name);
});

test('a build that finds all made tells of the run that made it, word for word', async () => {
  const { build, provenance } = finishedProject();
  const first = await provenance(await build({ set: ['a=1'] }));
  const second = await provenance(await build({ set: ['b=2'] }), first);
  expect(second).toBe(first);
  // Also if the file is gone.
  expect(await provenance(await build())).toBe(first);
});

test('what was made again of the same, its bytes being gone, changes nothing', async () => {
  const { build, provenance } = finishedProject();
  const first = await provenance(await build());
  for (const again of ['disk', 'package', 'image']) expect(await provenance(await build({ again }), first)).toBe(first);
  // Without the file, the run that made the present image counts.
  expect(parsed(await provenance(await build())).metadata.invocationId).toMatch(/\/4$/);
});

test('an image that came out the same from another script is told with that script, and with the run that read it', async () => {
  const { build, provenance, edit } = finishedProject();
  const first = await provenance(await build());
  edit('scripts/setup', '#!/bin/sh\n# Better told.\n');
  const second = parsed(await provenance(await build({ set: ['b=2'] }), first));
  expect(second.subject).toEqual(parsed(first).subject);
  expect(second.dependencies.get('scripts/setup')).toMatchObject({
    digest: { sha256: digestOf('#!/bin/sh\n# Better told.\n').hash },
  });
  expect(second.metadata.invocationId).toMatch(/\/2$/);
  expect(second.externalParameters.set).toEqual(['b=2']);
  const runs = second.byproducts.map(({ annotations }: { annotations: Record<string, string> }) => [
    annotations.kind,
    annotations.invocationId?.split('/')[1],
  ]);
  expect(runs).toEqual(
    expect.arrayContaining([
      ['toolbox', '1'],
      ['overlay', '2'],
    ]),
  );
});

test('what nobody knows of a run is left out', async () => {
  const { store, build, provenance } = finishedProject();
  const built = await build({ facts: false });
  const less = parsed(await provenance(built));
  expect(less.builder).toEqual({ id: 'urn:aib:builder:v1' });
  expect([...less.dependencies.keys()]).not.toContain('aib.lock');
  expect(less.dependencies.get('v3.20/main/x86_64/musl-1.0-r0.apk')).not.toHaveProperty('uri');
  expect(less.metadata).toMatchObject({ finishedOn: expect.any(String) });
  const nothing = parsed(await provenance(built, undefined, forgetful(store)));
  expect(nothing.metadata).toEqual({});
  expect(nothing.dependencies.get('scripts/setup')).toBeDefined();
});

test('what stands there stays where less is known by now, and no other text does', async () => {
  const { store, build, provenance } = finishedProject();
  const built = await build();
  const known = await provenance(built);
  const nothing = await provenance(built, undefined, forgetful(store));
  expect(await provenance(built, known, forgetful(store))).toBe(known);
  for (const before of ['', '{', 'null', known.replace('tiny.vhd', 'tall.vhd'), known.slice(0, -10)])
    expect(await provenance(built, before, forgetful(store))).toBe(nothing);
  // For the same run there is only one correct text.
  expect(await provenance(built, known.replace('"disk_size": 130', '"disk_size": 1'))).toBe(known);
});

/** A store whose database was lost. */
function forgetful(store: Store): Store {
  return Object.create(store, { runs: { value: { makersOf: () => [], find: () => undefined } } });
}
