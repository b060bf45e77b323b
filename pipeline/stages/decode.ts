/**
 * decode: turns bytes into validated events. A null value is a tombstone; its delete event came before it (rule 25).
 */
import { Rejection } from '../../schemas/rejection.ts';
import type { FromRecord, RawRecord } from '../change.ts';
import type { Step } from '../stage.ts';

/** A validated event and the record it came from. */
export type Decoded<E> = FromRecord & { readonly event: E };

/** Returns a step that reads values with `parse`. A rejection or an exception parks the record; tombstones are filtered. */
export function decode<E>(parse: (value: Buffer, record: RawRecord) => E | Rejection): Step<RawRecord, Decoded<E>> {
  return {
    stage: 'decode',
    onThrow: 'decode_failed',
    handle(origin) {
      if (origin.value === null) return undefined;
      const event = parse(origin.value, origin);
      return event instanceof Rejection ? event : { event, origin };
    },
  };
}
