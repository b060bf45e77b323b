/**
 * capture: Debezium's messages to row-level changes, each with its place at the source. A stage of its own beside
 * `decode`, because where a change stands depends on what its partition has reached before (rule 11).
 */
import { map } from 'rxjs';
import { type Decoder, type DecoderOptions, debeziumDecoder } from '../../formats/debezium/decode.ts';
import type { RowEvent } from '../../formats/debezium/row-event.ts';
import { Rejection } from '../../schemas/rejection.ts';
import type { SourceTable } from '../../schemas/table-name.ts';
import type { Parked, RawRecord, Replicated } from '../change.ts';
import { placed } from '../source-position.ts';
import type { Stage } from '../stage.ts';

/** How to capture. */
export type CaptureOptions = {
  /** What is known of a topic's columns. Asked once for each topic. */
  readonly decoding?: (topic: string) => DecoderOptions;
  /** What becomes of a change: another one, a refusal, or nothing when it is deliberately not written. */
  readonly transform?: (event: RowEvent) => RowEvent | Rejection | undefined;
  /** Whether flattened events without a position are ordered by their offsets; else they are refused. */
  readonly byOffset?: boolean;
  /** The table of events that do not name it: that of their topic. */
  readonly tableOf?: (topic: string) => SourceTable | undefined;
};

/** Debezium names topics `prefix.schema.table`. */
const tableOfTopic = (topic: string): SourceTable | undefined => {
  const [name, schema] = topic.split('.').reverse();
  return name === undefined || schema === undefined ? undefined : { schema, name };
};

/** Reads changes. What cannot be read is parked, heartbeats and tombstones are filtered (rule 1). */
export function capture({
  decoding = () => ({}),
  transform = (event) => event,
  byOffset = false,
  tableOf = tableOfTopic,
}: CaptureOptions): Stage<RawRecord, Replicated> {
  const decoders = new Map<string, Decoder>();
  const decoderOf = (topic: string): Decoder => {
    let decoder = decoders.get(topic);
    if (!decoder) {
      decoder = debeziumDecoder(decoding(topic));
      decoders.set(topic, decoder);
    }
    return decoder;
  };

  const read = (decoder: Decoder, { key, value, headers }: RawRecord) => {
    try {
      return decoder(key, value, headers);
    } catch (error) {
      return new Rejection('decode_failed', error instanceof Error ? error.message : String(error));
    }
  };

  return map((batch) => {
    const { claim } = batch;
    const decoder = decoderOf(claim.topic);
    const records: Replicated[] = [];
    const parked: Parked[] = [...batch.parked];
    const filtered: string[] = [...batch.filtered];
    const park = (record: RawRecord, rejection: Rejection) => parked.push({ record, stage: 'decode', rejection });
    for (const origin of batch.records) {
      const event = read(decoder, origin);
      if (event instanceof Rejection) {
        park(origin, event);
        continue;
      }
      if (event.kind === 'filtered') {
        filtered.push(origin.offset);
        continue;
      }
      const place = placed(event, claim.reached, byOffset ? origin.offset : null);
      if (place instanceof Rejection) {
        park(origin, place);
        continue;
      }
      // Counted as reached even if it is refused below: a snapshot has begun with its first row, whatever that holds.
      claim.reached = place.reached;
      const table = event.table ?? tableOf(claim.topic);
      if (!table) {
        park(origin, noTable(claim.topic));
        continue;
      }
      const change = transform(named(event, table));
      if (change === undefined) filtered.push(origin.offset);
      else if (change instanceof Rejection) park(origin, change);
      else records.push({ event: named(change, table), ...place, origin });
    }
    return { ...batch, records, filtered, parked, reached: claim.reached };
  });
}

/** The event with its table, made anew only where it does not name it. */
const named = (event: RowEvent, table: SourceTable): Replicated['event'] =>
  isNamed(event) ? event : { ...event, table };

const isNamed = (event: RowEvent): event is Replicated['event'] => event.table !== null;

const noTable = (topic: string): Rejection =>
  new Rejection('missing_field', `neither the event nor its topic ${topic} names its table`, 'source');
