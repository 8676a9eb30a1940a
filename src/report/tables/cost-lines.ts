/** The objects that a build would create at AWS, the bytes to send, and the expected cost. */
import type { ExpectedCosts, ExpectedObjects } from '../../clouds/aws/image/costs.ts';
import { formatBytes } from '../../util/bytes.ts';
import { count } from '../text/count.ts';

export function costLine({ imports, copies, publications }: ExpectedObjects, costs: ExpectedCosts): string {
  const { bytes, once, monthly, isWhole, pricesOf } = costs;
  const objects = [
    ...(imports.length === 0 ? [] : [count(imports.length, 'import')]),
    ...(copies.length === 0 ? [] : [copies.length === 1 ? '1 copy' : `${copies.length} copies`]),
    ...(publications === 0 ? [] : [count(publications, 'publication')]),
  ];
  const sent = imports.length === 0 ? '' : `, about ${formatBytes(bytes)} to send`;
  const rest = isWhole ? '' : ', plus disks that are not built yet';
  return `at AWS: ${objects.join(', ')}${sent}; about ${dollars(once)} once and ${dollars(monthly)} a month by prices of ${pricesOf}${rest}`;
}

function dollars(amount: number): string {
  return amount > 0 && amount < 0.01 ? 'less than $0.01' : `$${amount.toFixed(2)}`;
}
