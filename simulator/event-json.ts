/** Serializes a flat event with its fields in the order of the specification. Integers of 64 bits are exact. */
import type { Operation } from '../schemas/user-event.ts';
import type { LegacyUser } from './legacy-user.ts';

/** Start of invented time, in milliseconds since 1970: 2024-06-01 UTC, after the committed sample. */
const epoch = Date.UTC(2024, 5, 1);

/** Sequence numbers after which invented time repeats, so that every int64 has a valid date. */
const timeSpan = 10_000_000_000n;

const msPerChange = 100;

/** Time of the change with this sequence number, in milliseconds since 1970. There are ten changes a second. */
export const timeOfChange = (sequence: bigint): number => epoch + Number(sequence % timeSpan) * msPerChange;

/** A time of the log, `2024-06-01T00:00:00.100Z`, always with milliseconds so that texts sort like times. */
export const logTime = (ms: number): string => new Date(ms).toISOString();

/** A time in a row, `2024-06-01T00:00:00Z`. The legacy database stores whole seconds. */
export const rowTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** The fields of an event besides the user's columns. */
export type ChangeRecord = {
  readonly id: bigint;
  readonly operation: Operation;
  readonly sequence: bigint;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly changedAt: string;
};

/** The event as one line of JSON. */
export function eventJson(change: ChangeRecord, user: LegacyUser): string {
  const middle = JSON.stringify({
    first_name: user.first_name,
    last_name: user.last_name,
    email: user.email,
    phone: user.phone,
    address: user.address,
    city: user.city,
    state: user.state,
    country: user.country,
    postal_code: user.postal_code,
    created_at: change.createdAt,
    updated_at: change.updatedAt,
    source_system: 'legacy_system',
    cdc_operation: change.operation,
    cdc_timestamp: change.changedAt,
  });
  return `{"id":${change.id},${middle.slice(1, -1)},"cdc_sequence":${change.sequence},"cdc_source":"legacy_database"}`;
}
