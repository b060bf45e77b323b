/**
 * capture: turns Debezium messages into row-level changes, each with its position at the source. It is a stage of its own,
 * because the position of a change depends on the progress of its partition (rule 11).
 */
import { map } from 'rxjs';
import { type Decoder, type DecoderOptions, debeziumDecoder } from '../../formats/debezium/decode.ts';
import type { RowEvent } from '../../formats/debezium/row-event.ts';
import { Rejection } from '../../schemas/rejection.ts';
import type { SourceTable } from '../../schemas/table-name.ts';
import type { Parked, RawRecord, Replicated } from '../change.ts';
import { positionEvent } from '../source-position.ts';
import type { Stage } from '../stage.ts';

/** Options of the stage. */
export type CaptureOptions = {
  /** Returns what is known about the columns of a topic. Called once per topic. */
  readonly decoding?: (topic: string) => DecoderOptions;
  /** Returns the transformed change, a rejection, or undefined if the change is filtered. */
  readonly transform?: (event: RowEvent) => RowEvent | Rejection | undefined;
  /** Whether flattened events without a position are ordered by offset; otherwise they are parked. */
  readonly byOffset?: boolean;
  /** Returns the table for events that do not name one; by default that of the topic. */
  readonly tableOf?: (topic: string) => SourceTable | undefined;
};

/** Debezium names topics `prefix.schema.table`. */
const tableOfTopic = (topic: string): SourceTable | undefined => {
  const [name, schema] = topic.split('.').reverse();
  return name === undefined || schema === undefined ? undefined : { schema, name };
};

/** Returns the stage. Unreadable messages are parked; heartbeats and tombstones are filtered (rule 1). */
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
      const positioned = positionEvent(event, claim.reached, byOffset ? origin.offset : null);
      if (positioned instanceof Rejection) {
        park(origin, positioned);
        continue;
      }
      // Also if the change is parked below: the first row of a snapshot always begins the snapshot.
      claim.reached = positioned.reached;
      const table = event.table ?? tableOf(claim.topic);
      if (!table) {
        park(origin, noTable(claim.topic));
        continue;
      }
      const change = transform(named(event, table));
      if (change === undefined) filtered.push(origin.offset);
      else if (change instanceof Rejection) park(origin, change);
      else records.push({ event: named(change, table), ...positioned, origin });
    }
    return { ...batch, records, filtered, parked, reached: claim.reached };
  });
}

/** Returns the event with its table. It is copied only if it does not name the table. */
const named = (event: RowEvent, table: SourceTable): Replicated['event'] =>
  isNamed(event) ? event : { ...event, table };

const isNamed = (event: RowEvent): event is Replicated['event'] => event.table !== null;

const noTable = (topic: string): Rejection =>
  new Rejection('missing_field', `neither the event nor its topic ${topic} names its table`, 'source');
