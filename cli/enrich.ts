/** `sluice enrich`: reads records and prints them enriched as JSON lines, or with `--explain` how each country was found. */
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { elementGroups } from '../adapters/file/elements.ts';
import { findFile } from '../adapters/file/find-file.ts';
import { type MappedReader, mappedReader } from '../formats/flat/mapped/map-user-event.ts';
import { parseUserEvent } from '../formats/flat/parse-user-event.ts';
import { nothingNoticed } from '../pipeline/progress.ts';
import { type Computed, computing } from '../pipeline/stages/enrich.ts';
import type { OrderBy } from '../schemas/order-by.ts';
import { Rejection } from '../schemas/rejection.ts';
import type { UserEvent } from '../schemas/user-event.ts';
import { asStored } from '../schemas/users-enriched.ts';
import { checkColumns, csvFormat } from '../services/enrich/map-columns.ts';
import { loadOwnFunctions } from '../services/enrich/own-functions.ts';
import { enrichmentsFor } from '../udfs/registry.ts';
import { explainEvent } from './enrich/explain.ts';
import { readMap } from './enrich/map-file.ts';
import { lacksOrder, Refusals } from './enrich/refusals.ts';
import { orderOf } from './options/order.ts';
import { exitCodes } from './output/exit-codes.ts';
import { stoppedBy } from './program/stop-signal.ts';
import { verb } from './program/verb.ts';

export const enrich = verb({
  name: 'enrich',
  summary: 'enrich events without any server: read JSON lines, a JSON array or CSV (--map), print JSON lines',
  args: [{ name: '[file]', description: 'file to read; standard input without it' }],
  onStop: 'drains',
  options: ['map', 'orderBy', 'onTooLong', 'onTooPrecise', 'mailboxRules', 'functions', 'explain', 'failOnParked'],
  examples: [
    'npx sluice enrich data/sample_events.json | head -3',
    'cat events.jsonl | npx sluice enrich',
    'npx sluice enrich --map map.json users.csv',
    'npx sluice enrich --explain data/sample_events.json | less',
    'npx sluice enrich --functions ./functions events.jsonl',
  ],
  async run(values, context) {
    const { onTooLong, onTooPrecise, mailboxRules, explain, failOnParked } = values;
    const { printError, stop, args } = context;
    const map = values.map === undefined ? undefined : await readMap(values.map);
    const asked = orderOf({ format: 'flat', orderBy: values.orderBy }, context, map);
    // The order of events does not matter for how a country was found.
    const orderBy = explain ? 'offset' : asked;
    if (map?.csv?.columns) checkColumns(map, map.csv.columns, orderBy);
    const [given = '-'] = args;
    const name = given === '-' ? given : await findFile(given);
    const input = name === '-' ? process.stdin : createReadStream(name);
    stop.addEventListener('abort', () => input.destroy(), { once: true });

    const noticed = nothingNoticed();
    const reader = (order: OrderBy): MappedReader => {
      const options = { orderBy: order, onTooLong, onTooPrecise, noticed };
      return map === undefined ? (value) => parseUserEvent(value, options) : mappedReader(map, options);
    };
    const [read, readUnordered] = [reader(orderBy), reader('offset')];
    const enrichments = [...enrichmentsFor(mailboxRules), ...(await loadOwnFunctions(values.functions))];
    const compute = computing({ enrichments, noticed });
    /** Returns the output for one record, or why there is none. */
    const lineOf = (event: UserEvent): string | Rejection => {
      if (explain) return explainEvent(event);
      const computed = compute(event);
      return computed instanceof Rejection ? computed : `${toJson(asStored(event), computed)}\n`;
    };
    const refusals = new Refusals();
    try {
      for await (const group of elementGroups(input, { csv: csvFormat(map, orderBy), name })) {
        let lines = '';
        for (const { value, columns } of group) {
          const taken = read(value, columns?.names);
          const isUnordered = taken instanceof Rejection && lacksOrder(taken, orderBy);
          const event = isUnordered ? readUnordered(value, columns?.names) : taken;
          const line = event instanceof Rejection ? event : lineOf(event);
          const isShown = typeof line === 'string';
          if (isShown) lines += line;
          // The first fault that `run` would report.
          const refusal = taken instanceof Rejection ? taken : line;
          if (refusal instanceof Rejection) printError(refusals.park(refusal, isShown));
          else refusals.take();
        }
        if (!stop.aborted && !process.stdout.write(lines))
          await Promise.race([once(process.stdout, 'drain'), once(input, 'close')]);
      }
    } catch (error) {
      // A stop destroys the input on purpose.
      if (!stop.aborted) throw error;
    }
    for (const line of refusals.summary(stop.aborted, map !== undefined)) printError(line);
    const { unknownFields } = noticed;
    if (unknownFields.total > 0) printError(`fields that no column takes were left out: ${unknownFields.describe()}`);
    const stopped = stoppedBy(stop);
    if (stopped !== undefined) throw stopped;
    return failOnParked && refusals.parked > 0 ? exitCodes.counters : exitCodes.done;
  },
});

/** Writes int64 fields as JSON numbers with all digits, which `JSON.stringify` cannot do. */
function toJson({ id, cdc_sequence: sequence, ...event }: UserEvent, computed: Computed): string {
  const cells = Object.entries({ ...event, ...computed }).map(
    ([name, value]) => `,"${name}":${typeof value === 'bigint' ? value : JSON.stringify(value)}`,
  );
  return `{"id":${id},"cdc_sequence":${sequence}${cells.join('')}}`;
}
