/**
 * decode: bytes to validated events. A null value is a tombstone: the delete event before it did the work (rule 25).
 */
import { type ParseOptions, parseUserEvent } from '../../schemas/parse-user-event.ts';
import { Rejection } from '../../schemas/rejection.ts';
import type { UserEvent } from '../../schemas/user-event.ts';
import type { FromRecord, RawRecord } from '../change.ts';
import { mapRecords, type Stage } from '../stage.ts';

/** A validated event and the record it came from. */
export type UserRecord = FromRecord & { readonly event: UserEvent };

/** Reads flat user events. What cannot be read is parked, tombstones are filtered. */
export function decode(options: ParseOptions): Stage<RawRecord, UserRecord> {
  return mapRecords('decode', 'invalid_json', (origin: RawRecord) => {
    if (origin.value === null) return undefined;
    const event = parseUserEvent(origin.value, options);
    return event instanceof Rejection ? event : { event, origin };
  });
}
