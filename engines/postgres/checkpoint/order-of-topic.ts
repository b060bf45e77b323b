/** The order of the events that a topic brings, which decides whether its checkpoints may move. */
import type pg from 'pg';
import type { OrderBy } from '../../../schemas/order-by.ts';

/** Returns the order; `sequence` if no table is registered for the topic. */
export async function orderOfTopic(client: pg.Client, topic: string): Promise<OrderBy> {
  const { rows } = await client.query<{ order_by: OrderBy }>(
    'select order_by from sluice.target where topic = $1 order by order_by = $2 desc limit 1',
    [topic, 'offset'],
  );
  return rows[0]?.order_by ?? 'sequence';
}
