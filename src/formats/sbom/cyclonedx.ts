/** Writes a CycloneDX 1.6 document in JSON. The same software results in the same bytes. */
import { dayOf, isExpression, packageUrl, type Software, type SoftwarePackage } from './software.ts';

export function writeCycloneDx(software: Software): string {
  const { name, release, epoch, id, sha256, packages } = software;
  const root = 'image';
  const document = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${id}`,
    version: 1,
    metadata: {
      timestamp: dayOf(epoch),
      tools: { components: [{ type: 'application', name: 'aib' }] },
      component: {
        type: 'operating-system',
        'bom-ref': root,
        name,
        version: release,
        hashes: [{ alg: 'SHA-256', content: sha256 }],
      },
    },
    components: packages.map(entry => componentOf(entry, release)),
    dependencies: [
      { ref: root, dependsOn: packages.map(refOf) },
      ...packages.map(entry => ({ ref: refOf(entry), dependsOn: entry.needs.map(needed => `package ${needed}`) })),
    ],
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function refOf({ name }: SoftwarePackage): string {
  return `package ${name}`;
}

function componentOf(entry: SoftwarePackage, release: string) {
  const { name, version, description, url, license, origin, commit, checksum } = entry;
  const properties = [
    { name: 'alpine:origin', value: origin },
    ...(commit === '' ? [] : [{ name: 'alpine:commit', value: commit }]),
    { name: 'alpine:checksum', value: checksum },
  ];
  return {
    type: 'library',
    'bom-ref': refOf(entry),
    name,
    version,
    ...(description === '' ? {} : { description }),
    ...(license === ''
      ? {}
      : { licenses: [isExpression(license) ? { expression: license } : { license: { name: license } }] }),
    purl: packageUrl(entry, release),
    ...(url === '' ? {} : { externalReferences: [{ type: 'website', url }] }),
    properties,
  };
}
