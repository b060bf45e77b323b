/** One measured run of the floor, in a process of its own. */
import { connections, openFloor, type Prepared, prepare } from './floor.ts';
import type { FloorOrder } from './protocol.ts';
import { databaseOf, Reporter, readOrder } from './reporter.ts';
import { seededRows } from './seeded.ts';

const { database, events, before } = readOrder<FloorOrder>();
const reporter = new Reporter();
const floor = await openFloor(databaseOf(database));
const written = new Array<number>(connections).fill(0);
const waiting = written.map((): Prepared[] => []);
/** Epoch of the reports. Events written before the measurement count as an earlier claim. */
let epoch = 0;

let passed = 0;
const busy = written.map(() => Promise.resolve());
for await (const batch of seededRows(events, connections)) {
  const prepared = prepare(batch);
  if (passed >= before) waiting[prepared.connection]?.push(prepared);
  else {
    await busy[prepared.connection];
    busy[prepared.connection] = write(prepared);
  }
  passed += batch.read;
}
await Promise.all(busy);
epoch = 1;
reporter.done(written.map((from, connection) => [connection, epoch, from, from]));
await Promise.all(
  waiting.map(async (mine) => {
    for (const prepared of mine) await write(prepared);
  }),
);
await floor.close();
await reporter.stopped();
reporter.ended();

async function write(prepared: Prepared): Promise<void> {
  const begun = performance.now();
  await floor.write(prepared);
  const { connection } = prepared;
  const from = written[connection] ?? 0;
  const to = from + prepared.events;
  written[connection] = to;
  reporter.done([[connection, epoch, from, to]]);
  reporter.done([], performance.now() - begun);
}
