/**
 * The result of a check of signed records, as a table with the faults below it. Must not print text of a record unescaped: its author is
 * not trusted.
 */
import type { CheckedRecords } from '../../attest/checking/check-records.ts';
import type { Quorum } from '../../attest/checking/trusted-signers.ts';
import { columns } from '../text/columns.ts';
import { oneLine } from '../text/fit.ts';

export function attestationLines(
  { records, vouching, isEnough }: CheckedRecords,
  { count, names }: Quorum,
): readonly string[] {
  const rows = records.map(({ path, says, signers, faults }) => {
    const state = faults.length > 0 ? 'does not count' : 'counts';
    return [oneLine(path), says ?? '-', signers.length === 0 ? '-' : signers.join(', '), state];
  });
  const faults = records.flatMap(({ path, faults }) => faults.map(fault => oneLine(`${path}: ${fault}`)));
  const by = vouching.length === 0 ? 'none' : vouching.join(', ');
  return [
    ...columns([['record', 'statement', 'signed by', 'state'], ...rows]),
    ...faults,
    `required: ${count} of ${names.join(', ')}; signers of valid records: ${by}`,
    isEnough ? 'enough' : `not enough: ${missingWords({ records, vouching }, { count, names })}`,
  ];
}

function missingWords(
  { records, vouching }: Pick<CheckedRecords, 'records' | 'vouching'>,
  { count, names }: Quorum,
): string {
  const bad = records.filter(({ faults }) => faults.length > 0).length;
  const more = count - vouching.length;
  const others = names.filter(name => !vouching.includes(name));
  return [
    ...(bad > 0 ? [`${bad} of ${records.length} records ${bad === 1 ? 'does' : 'do'} not count`] : []),
    ...(more > 0 ? [`${more} more of ${others.join(', ')} must sign`] : []),
  ].join(', and ');
}
