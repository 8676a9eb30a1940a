/**
 * Which known vulnerabilities packages still have, by a security database. Never decides what it cannot compare: that is told apart from both
 * having a vulnerability and not having it.
 *
 * The database says of source packages which version was the first without a vulnerability. A package that was built from one (its origin)
 * has it if its own version comes before that. What Alpine has not fixed is in no such database.
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
  /** Where the package's version or that of the fix is no version, so that nobody can say which comes first. By id. */
  readonly cannotTell: readonly Vulnerability[];
}

export interface Vulnerability {
  /** Its name, and behind it all others that it has. */
  readonly ids: Ids;
  /** The version that is without it; in `cannotTell` the one that might be. */
  readonly fixed: string;
}

/** One entry for each package, those without vulnerabilities among them, by name. A package that the database does not name has none. */
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
 * By all fixes of one vulnerability. Alpine lists one again where the first fix was incomplete or got lost in an upgrade, so a version has to
 * come after all of them. It also lists one again where the patch and the release that contains it are named. A package between those two is
 * called vulnerable and is not, which costs an update; by the first fix alone, one that still is would be passed over.
 */
function judge(id: string, version: string, fixes: readonly Fix[]): Judged {
  const byStanding = Map.groupBy(fixes, fix => standingOf(version, fix.version));
  // A fix that is surely missing is enough, whatever the others are.
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
