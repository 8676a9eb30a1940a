/** Writes an SPDX 2.3 document in JSON. The same software results in the same bytes. */
import { dayOf, isExpression, packageUrl, type Software, type SoftwarePackage } from './software.ts';

const IMAGE = 'SPDXRef-Image';
const NONE = 'NOASSERTION';

export function writeSpdx(software: Software): string {
  const { name, release, epoch, id, sha256, packages } = software;
  const foreign = [...new Set(packages.map(({ license }) => license))].filter(
    license => license !== '' && !isExpression(license),
  );
  const document = {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name,
    documentNamespace: `urn:uuid:${id}`,
    creationInfo: { created: dayOf(epoch), creators: ['Tool: aib'] },
    ...(foreign.length === 0 ? {} : { hasExtractedLicensingInfos: foreign.map(extracted) }),
    packages: [
      {
        SPDXID: IMAGE,
        name,
        versionInfo: release,
        downloadLocation: NONE,
        filesAnalyzed: false,
        primaryPackagePurpose: 'OPERATING-SYSTEM',
        checksums: [{ algorithm: 'SHA256', checksumValue: sha256 }],
        licenseConcluded: NONE,
        licenseDeclared: NONE,
        copyrightText: NONE,
      },
      ...packages.map(entry => packageOf(entry, release)),
    ],
    relationships: [
      relation('SPDXRef-DOCUMENT', 'DESCRIBES', IMAGE),
      ...packages.map(entry => relation(IMAGE, 'CONTAINS', idOf(entry.name))),
      ...packages.flatMap(entry => entry.needs.map(needed => relation(idOf(entry.name), 'DEPENDS_ON', idOf(needed)))),
    ],
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function packageOf(entry: SoftwarePackage, release: string) {
  const { name, version, description, url, license, origin, commit, checksum } = entry;
  const from = commit === '' ? origin : `${origin}, commit ${commit} of aports`;
  return {
    SPDXID: idOf(name),
    name,
    versionInfo: version,
    supplier: 'Organization: Alpine Linux',
    downloadLocation: NONE,
    filesAnalyzed: false,
    ...(url === '' ? {} : { homepage: url }),
    sourceInfo: `built from ${from}; apk's checksum is ${checksum}`,
    licenseConcluded: NONE,
    licenseDeclared: license === '' ? NONE : isExpression(license) ? license : licenseId(license),
    copyrightText: NONE,
    ...(description === '' ? {} : { description }),
    externalRefs: [
      {
        referenceCategory: 'PACKAGE-MANAGER',
        referenceType: 'purl',
        referenceLocator: packageUrl(entry, release),
      },
    ],
  };
}

function relation(from: string, type: 'DESCRIBES' | 'CONTAINS' | 'DEPENDS_ON', to: string) {
  return { spdxElementId: from, relationshipType: type, relatedSpdxElement: to };
}

/** Identifiers in SPDX have only letters, digits, dots and dashes, so other characters are written as their codes. */
function idOf(name: string): string {
  return `SPDXRef-Package-${plain(name)}`;
}

function licenseId(license: string): string {
  return `LicenseRef-${plain(license)}`;
}

function plain(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9-]/g, char => `.${(char.codePointAt(0) ?? 0).toString(16)}.`);
}

function extracted(license: string) {
  return { licenseId: licenseId(license), name: license, extractedText: license };
}
