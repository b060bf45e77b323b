/** `sluice enrich`: records in, enriched JSON lines out, or with `--explain` how each country was found; no servers. */
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { elementGroups } from '../adapters/file/elements.ts';
import { findFile } from '../adapters/file/find-file.ts';
import { exitCodes } from '../pipeline/errors.ts';
import { nothingNoticed } from '../pipeline/progress.ts';
import { type Computed, computing } from '../pipeline/stages/enrich.ts';
import { parseUserEvent } from '../schemas/parse-user-event.ts';
import { Rejection } from '../schemas/rejection.ts';
import type { UserEvent } from '../schemas/user-event.ts';
import { mappedReader } from '../schemas/user-map/map-user-event.ts';
import { asStored } from '../schemas/users-enriched.ts';
import { enrichmentsFor } from '../udfs/registry.ts';
import { explainEvent } from './explain.ts';
import { checkColumns, csvFormat } from './map-columns.ts';
import { readMap } from './map-file.ts';
import { orderOf } from './order.ts';
import { loadOwnFunctions } from './own-functions.ts';
import { stoppedBy } from './stop-signal.ts';
import { verb } from './verb.ts';

export const enrich = verb({
  name: 'enrich',
  summary: 'enrich events without any server: JSON lines, an array or CSV (--map) in, JSON lines out',
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
    const { tell, stop, args } = context;
    const map = values.map === undefined ? undefined : await readMap(values.map);
    const asked = orderOf({ format: 'flat', orderBy: values.orderBy }, context, map);
    // How a country was found has nothing to do with the order of events.
    const orderBy = explain ? 'offset' : asked;
    if (map?.csv?.columns) checkColumns(map, map.csv.columns, orderBy);
    const [given = '-'] = args;
    const name = given === '-' ? given : await findFile(given);
    const input = name === '-' ? process.stdin : createReadStream(name);
    stop.addEventListener('abort', () => input.destroy(), { once: true });

    const noticed = nothingNoticed();
    const options = { orderBy, onTooLong, onTooPrecise, noticed };
    const read = map === undefined ? (value: Buffer) => parseUserEvent(value, options) : mappedReader(map, options);
    const enrichments = [...enrichmentsFor(mailboxRules), ...(await loadOwnFunctions(values.functions))];
    const compute = computing({ enrichments, noticed });
    /** What is printed of one record, or why nothing is. */
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
          const event = read(value, columns?.names);
          const line = event instanceof Rejection ? event : lineOf(event);
          if (line instanceof Rejection) tell(`record ${refusals.add(line)}: ${line.code}: ${line.message}`);
          else {
            refusals.read += 1;
            lines += line;
          }
        }
        if (!stop.aborted && !process.stdout.write(lines))
          await Promise.race([once(process.stdout, 'drain'), once(input, 'close')]);
      }
    } catch (error) {
      // A stop destroys the input on purpose.
      if (!stop.aborted) throw error;
    }
    for (const line of refusals.summary(stop.aborted, map !== undefined)) tell(line);
    const { unknownFields } = noticed;
    if (unknownFields.total > 0) tell(`fields that no column takes were left out: ${unknownFields.describe()}`);
    const stopped = stoppedBy(stop);
    if (stopped !== undefined) throw stopped;
    return failOnParked && refusals.refused > 0 ? exitCodes.books : exitCodes.done;
  },
});

/** Counts the records and why some were refused. */
class Refusals {
  read = 0;
  refused = 0;
  readonly #reasons = new Map<string, number>();

  /** Counts a refused record. Answers its number, from 1. */
  add({ code, field }: Rejection): number {
    this.read += 1;
    this.refused += 1;
    const reason = field === undefined ? code : `${code} of ${field}`;
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
    return this.read;
  }

  /** What is said at the end; nothing when every record was taken. */
  summary(isCutShort: boolean, isMapped: boolean): string[] {
    const { read, refused } = this;
    if (read === 0) return isCutShort ? [] : ['no records were found'];
    if (refused === 0) return [];
    const reasons = [...this.#reasons].map(([reason, count]) => `${reason} (${count})`).join(', ');
    const first = isCutShort ? `of the first ${read} records read` : `of ${read} records`;
    const lines = [`${refused} ${first} were refused: ${reasons}`];
    if (this.#reasons.has('missing_field of cdc_sequence'))
      lines.push('events without cdc_sequence are taken with --order-by timestamp or offset, here as by run');
    if (refused < read) return lines;
    const why = isMapped ? 'Does the map fit these records?' : 'A map says which of your fields is which: --map FILE.';
    return [...lines, `warning: not one record was taken. ${why} See docs/15-your-own-data.md`];
  }
}

/** int64 fields as numbers of JSON with all their digits, which `JSON.stringify` cannot do. */
function toJson({ id, cdc_sequence: sequence, ...event }: UserEvent, computed: Computed): string {
  const cells = Object.entries({ ...event, ...computed }).map(
    ([name, value]) => `,"${name}":${typeof value === 'bigint' ? value : JSON.stringify(value)}`,
  );
  return `{"id":${id},"cdc_sequence":${sequence}${cells.join('')}}`;
}
