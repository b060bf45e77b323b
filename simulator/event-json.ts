/**
 * The bytes of a flat event, its fields in the order of the specification. 64-bit numbers arrive as bigint and are
 * written as they are.
 */
import type { Operation } from '../schemas/user-event.ts';
import type { LegacyUser } from './legacy-user.ts';

/** Midnight of 2024-06-01 UTC in ms: where invented time begins, after the committed sample. */
const epoch = Date.UTC(2024, 5, 1);

/** Invented time repeats after this many sequence numbers, so that any int64 has a date. */
const timeSpan = 10_000_000_000n;

const msPerChange = 100;

/** When the change with that sequence number happened, in ms since 1970: ten changes a second, rising with it. */
export const timeOfChange = (sequence: bigint): number => epoch + Number(sequence % timeSpan) * msPerChange;

/** The log's time, `2024-06-01T00:00:00.100Z`: always with milliseconds, so that texts sort as times. */
export const logTime = (ms: number): string => new Date(ms).toISOString();

/** A row's own time, `2024-06-01T00:00:00Z`: the legacy database keeps seconds. */
export const rowTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** What an event says besides the user's own columns. */
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
