/** `sluice enrich`: JSON in, enriched JSON lines out, or with `--explain` how each country was found; no servers. */
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { jsonElementGroups } from '../adapters/file/json-elements.ts';
import { exitCodes } from '../pipeline/errors.ts';
import { nothingNoticed } from '../pipeline/progress.ts';
import { type Computed, type Computing, computing } from '../pipeline/stages/enrich.ts';
import { parseUserEvent } from '../schemas/parse-user-event.ts';
import { Rejection } from '../schemas/rejection.ts';
import type { UserEvent } from '../schemas/user-event.ts';
import { asStored } from '../schemas/users-enriched.ts';
import { enrichmentsFor } from '../udfs/registry.ts';
import { explainEvent } from './explain.ts';
import { stoppedBy } from './stop-signal.ts';
import { verb } from './verb.ts';

export const enrich = verb({
  name: 'enrich',
  summary: 'enrich events without any server: JSON lines or an array in, JSON lines out',
  args: [{ name: '[file]', description: 'file to read; standard input without it' }],
  onStop: 'drains',
  options: ['onTooLong', 'mailboxRules', 'explain'],
  examples: [
    'npx sluice enrich data/sample_events.json | head -3',
    'cat events.jsonl | npx sluice enrich',
    'npx sluice enrich --explain data/sample_events.json | less',
  ],
  async run({ onTooLong, mailboxRules, explain }, { args: [path], tell, stop }) {
    const input = path === undefined || path === '-' ? process.stdin : createReadStream(path);
    stop.addEventListener('abort', () => input.destroy(), { once: true });
    const compute = computing({ enrichments: enrichmentsFor(mailboxRules), noticed: nothingNoticed() });
    let read = 0;
    let refused = 0;
    try {
      for await (const group of jsonElementGroups(input)) {
        let lines = '';
        for (const { value } of group) {
          read += 1;
          const result = explain ? explainOne(value, onTooLong) : enrichOne(value, onTooLong, compute);
          if (typeof result === 'string') lines += result;
          else {
            refused += 1;
            tell(`record ${read}: ${result.code}: ${result.message}`);
          }
        }
        if (!stop.aborted && !process.stdout.write(lines))
          await Promise.race([once(process.stdout, 'drain'), once(input, 'close')]);
      }
    } catch (error) {
      // A stop destroys the input on purpose.
      if (!stop.aborted) throw error;
    }
    if (refused > 0) tell(`${refused} of ${stop.aborted ? 'the first ' : ''}${read} records were refused`);
    const stopped = stoppedBy(stop);
    if (stopped !== undefined) throw stopped;
    return exitCodes.done;
  },
});

type OnTooLong = 'park' | 'truncate';

/** Nothing is ordered here, so no ordering field is asked for. */
function readEvent(value: Buffer, onTooLong: OnTooLong): UserEvent | Rejection {
  return parseUserEvent(value, { orderBy: 'offset', onTooLong, noticed: nothingNoticed() });
}

/** The event with its computed columns as one line of JSON, or why there is none. */
function enrichOne(value: Buffer, onTooLong: OnTooLong, compute: Computing): string | Rejection {
  const event = readEvent(value, onTooLong);
  if (event instanceof Rejection) return event;
  const computed = compute(event);
  return computed instanceof Rejection ? computed : `${toJson(asStored(event), computed)}\n`;
}

function explainOne(value: Buffer, onTooLong: OnTooLong): string | Rejection {
  const event = readEvent(value, onTooLong);
  return event instanceof Rejection ? event : explainEvent(event);
}

/** int64 fields as numbers of JSON with all their digits, which `JSON.stringify` cannot do. */
function toJson({ id, cdc_sequence: sequence, ...event }: UserEvent, computed: Computed): string {
  const rest = JSON.stringify({ ...event, ...computed }).slice(1);
  return `{"id":${id},"cdc_sequence":${sequence},${rest}`;
}
