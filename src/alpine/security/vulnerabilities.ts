/**
 * Determines which known vulnerabilities packages still have, from a security database. Never guesses if versions cannot be compared: this
 * is reported separately, neither as vulnerable nor as fixed.
 *
 * The database lists the first version of a source package without a vulnerability. A package that was built from it (its origin) is
 * vulnerable if its own version is older. Vulnerabilities without a fix in Alpine are not in the database.
 */
import { compareUtf8 } from '../../util/bytes.ts';
import { compareParsed, compareVersions, parseVersion } from '../package/version.ts';
import { type Fix, type Ids, NEVER_AFFECTED, type Secdb } from './secdb.ts';

export interface BuiltPackage {
  readonly name: string;
  readonly version: string;
  /** The source package. */
  readonly origin: string;
}

export interface PackageVulnerabilities {
  readonly package: BuiltPackage;
  /** By id. */
  readonly vulnerabilities: readonly Vulnerability[];
  /** Vulnerabilities for which the version of the package or of the fix is invalid, so that they cannot be compared. By id. */
  readonly cannotTell: readonly Vulnerability[];
}

export interface Vulnerability {
  /** Its name, followed by its other names. */
  readonly ids: Ids;
  /** The version without it; in `cannotTell` the version that may be without it. */
  readonly fixed: string;
}

/** One entry for each package, also without vulnerabilities, by name. A package that is not in the database has none. */
export function vulnerabilitiesOf(db: Secdb, packages: readonly BuiltPackage[]): readonly PackageVulnerabilities[] {
  const sorted = packages.toSorted(
    (a, b) => compareUtf8(a.name, b.name) || compareVersions(a.version, b.version) || compareUtf8(a.version, b.version),
  );
  return sorted.map(built => {
    const judged = [...Map.groupBy(db.fixes.get(built.origin) ?? [], ({ ids }) => ids[0])]
      .sort(([a], [b]) => compareUtf8(a, b))
      .map(([id, fixes]) => judge(id, built.version, fixes));
    const those = (wanted: Standing) =>
      judged.flatMap(({ standing, vulnerability }) => (standing === wanted ? [vulnerability] : []));
    return { package: built, vulnerabilities: those('vulnerable'), cannotTell: those('unknown') };
  });
}

type Standing = 'vulnerable' | 'unknown' | 'fixed';

interface Judged {
  readonly standing: Standing;
  readonly vulnerability: Vulnerability;
}

/**
 * Uses all fixes of one vulnerability. Alpine lists a vulnerability again if the first fix was incomplete or got lost in an upgrade, so a
 * version must be newer than all of them. It also lists one twice for the patch and for the release with the patch. A package between those
 * two is reported as vulnerable although it is not, which costs an update; with only the first fix, a vulnerable package would be missed.
 */
function judge(id: string, version: string, fixes: readonly Fix[]): Judged {
  const byStanding = Map.groupBy(fixes, fix => standingOf(version, fix.version));
  // One fix that is certainly missing is enough.
  const standing = (['vulnerable', 'unknown'] as const).find(each => byStanding.has(each)) ?? 'fixed';
  const versions = (byStanding.get(standing) ?? []).map(fix => fix.version).sort(compareVersions);
  const others = new Set(fixes.flatMap(({ ids }) => ids.slice(1)));
  return { standing, vulnerability: { ids: [id, ...others], fixed: versions.at(-1) ?? '' } };
}

function standingOf(version: string, fixed: string): Standing {
  if (fixed === NEVER_AFFECTED || fixed === version) return 'fixed';
  const [own, other] = [parseVersion(version), parseVersion(fixed)];
  if (own === undefined || other === undefined) return 'unknown';
  return compareParsed(own, other) < 0 ? 'vulnerable' : 'fixed';
}
