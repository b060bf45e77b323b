/** What orders the events: of Debezium's messages their place in the log of the database, of flat ones what is asked for. */
import type { OrderBy } from '../schemas/order-by.ts';
import { UsageError } from './option.ts';
import type { Values } from './options.ts';
import type { Context } from './verb.ts';

/** The order for this format; a contradiction is a mistake. */
export function orderOf(
  { format, orderBy }: Values<'format' | 'orderBy'>,
  { origins }: Pick<Context, 'origins'>,
): OrderBy {
  if (format === 'flat') {
    if (orderBy === 'lsn')
      throw new UsageError('--order-by lsn: only messages of Debezium have an LSN (--format debezium)');
    return orderBy;
  }
  if (origins.orderBy === 'default' || orderBy === 'lsn') return 'lsn';
  throw new UsageError(`--order-by ${orderBy}: with --format debezium events are ordered by lsn`);
}
