/**
 * Chooses the order of events: the LSN for messages of Debezium, `orderBy` of the map for mapped records, else
 * `--order-by`.
 */

import type { UserMap } from '../../formats/flat/mapped/user-map.ts';
import type { OrderBy } from '../../schemas/order-by.ts';
import type { Context } from '../program/verb.ts';
import { UsageError } from './option.ts';
import type { Values } from './options.ts';

/** Returns the order for the format. Throws UsageError if `--order-by` contradicts the format or the map. */
export function orderOf(
  { format, orderBy }: Values<'format' | 'orderBy'>,
  { origins }: Pick<Context, 'origins'>,
  map?: UserMap,
): OrderBy {
  const own = map?.orderBy ?? null;
  if (map !== undefined && format === 'debezium') {
    throw new UsageError('--map is for records of your own form: --format debezium maps columns by name');
  }
  if (own !== null && origins.orderBy !== 'default' && own !== orderBy) {
    throw new UsageError(`--order-by ${orderBy}: the map says "orderBy": "${own}"`);
  }
  if (own !== null) return own;
  if (format === 'flat') {
    if (orderBy === 'lsn')
      throw new UsageError('--order-by lsn: only messages of Debezium have an LSN (--format debezium)');
    return orderBy;
  }
  if (origins.orderBy === 'default' || orderBy === 'lsn') return 'lsn';
  throw new UsageError(`--order-by ${orderBy}: with --format debezium events are ordered by lsn`);
}
