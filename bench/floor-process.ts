/** One measured run of the floor, in a process of its own. */
import { openFloor, type Prepared, prepare } from './floor.ts';
import type { FloorOrder } from './protocol.ts';
import { databaseOf, orderOf, Reporter } from './reporter.ts';
import { seededRows } from './seeded.ts';

const { database, events, before } = orderOf<FloorOrder>();
const reporter = new Reporter();
const floor = await openFloor(databaseOf(database));
const rows = seededRows(events);
const written = [0, 0];
/** What was written before counts as an earlier claim. */
const durable = (epoch: number) => (connection: number, count: number, took: number) => {
  const from = written[connection] ?? 0;
  written[connection] = from + count;
  reporter.done([[connection, epoch, from, from + count]]);
  reporter.done([], took);
};

await floor.write(head(), durable(0));
const rest: Prepared[] = [];
for await (const batch of rows) rest.push(prepare(batch));
reporter.done([...written.entries()].map(([connection, from]) => [connection, 1, from, from]));
await floor.write(rest, durable(1));
await floor.close();
await reporter.stopped();
reporter.ended();

/** The rows that are written as they are made. */
async function* head(): AsyncGenerator<Prepared> {
  for (let passed = 0; passed < before; ) {
    const { value, done } = await rows.next();
    if (done) return;
    passed += value.read;
    yield prepare(value);
  }
}
