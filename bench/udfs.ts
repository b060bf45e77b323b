/**
 * `npm run bench:udfs`: microseconds per record, by enrichment function and for all of them together.
 *
 *   npm run bench:udfs -- --events 50000 --rounds 5
 *
 * The events are the simulator's with a fixed seed: names of 53 countries, many distinct domains, phones and postal codes. They are
 * measured unchanged, with all caches cleared before each record, and without a country, so that every other cell is weighed.
 * A single function pays for all it reads. Together they share it, so the sum of the parts is more than the total.
 */
import { parseArgs } from 'node:util';
import { parseUserEvent } from '../formats/flat/parse-user-event.ts';
import { nothingNoticed } from '../pipeline/progress.ts';
import { computing } from '../pipeline/stages/enrich.ts';
import { Rejection } from '../schemas/rejection.ts';
import type { UserEvent } from '../schemas/user-event.ts';
import { LegacyBase } from '../simulator/legacy-base.ts';
import { clearCaches } from '../udfs/memo.ts';
import { type Enrichment, enrichments } from '../udfs/registry.ts';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '50000' },
    rounds: { type: 'string', default: '5' },
  },
});
const count = Number(values.events);
const rounds = Number(values.rounds);

const print = (line: string): boolean => process.stdout.write(`${line}\n`);

function* simulated(): Generator<UserEvent> {
  const base = new LegacyBase({ seed: 1, operations: { insert: 33, update: 59, delete: 8 }, startSequence: 1n });
  for (let left = count; left > 0; ) {
    const options = { orderBy: 'sequence', onTooLong: 'park', noticed: nothingNoticed() } as const;
    const event = parseUserEvent(base.next().value, options);
    if (event instanceof Rejection) continue;
    left -= 1;
    yield event;
  }
}

/** Microseconds per record: the minimum of the rounds, which other load on the machine disturbed least. */
function microseconds(events: readonly UserEvent[], which: readonly Enrichment[], forget: boolean): number {
  const compute = computing({ enrichments: which, noticed: nothingNoticed() });
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round <= rounds; round += 1) {
    const started = process.cpuUsage();
    for (const event of events) {
      if (forget) clearCaches();
      // A new object each time, as from the topic, so that no cache by identity survives between rounds.
      compute({ ...event });
    }
    const { user } = process.cpuUsage(started);
    // The first round warms up.
    if (round > 0) least = Math.min(least, user / events.length);
  }
  return least;
}

const cell = (value: number): string => value.toFixed(2).padStart(12);

const before = process.memoryUsage.rss();
const events = [...simulated()];
const withoutCountry = events.map((event) => ({ ...event, country: null }));
print(
  `${count} events, user CPU in µs a record, least of ${rounds} rounds; ${((process.memoryUsage.rss() - before) / 2 ** 20).toFixed(0)} MiB of events\n`,
);
print(`${''.padEnd(22)}  remembered not remembered  no country, remembered`);
const nothing = [false, true].map((forget) => microseconds(events, [], forget));
const show = (name: string, which: readonly Enrichment[]): void => {
  const [loop = 0, forgetting = 0] = nothing;
  const remembered = microseconds(events, which, false) - loop;
  const fresh = microseconds(events, which, true) - forgetting;
  const weighed = microseconds(withoutCountry, which, false) - loop;
  print(`${name.padEnd(22)}${cell(remembered)}${cell(fresh).padStart(15)}${cell(weighed).padStart(24)}`);
};
for (const enrichment of enrichments) show(enrichment.column, [enrichment]);
show('all together', enrichments);
