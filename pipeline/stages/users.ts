/**
 * users: captured changes of a users table to user events. Columns are matched by name: those that the table lacks are
 * null, those that nobody knows are ignored. A user event is a whole row (rule 2), so a change that leaves cells out
 * cannot be one.
 */
import type { Field } from '../../formats/debezium/connect-schema.ts';
import { type Row, type RowEvent, type RowShape, unchanged } from '../../formats/debezium/row-event.ts';
import { type ParseOptions, userEventOf } from '../../formats/flat/parse-user-event.ts';
import { Rejection } from '../../schemas/rejection.ts';
import type { UserEvent } from '../../schemas/user-event.ts';
import { eventColumns } from '../../schemas/users-enriched.ts';
import type { Position, Replicated } from '../change.ts';
import { ShapeCache } from '../shape-cache.ts';
import type { Step } from '../stage.ts';
import type { CaptureOptions } from './capture.ts';
import type { Decoded } from './decode.ts';

/** How the topic of a users table is captured: whatever the table is called, and whatever is in columns nobody asks for. */
export const captured: CaptureOptions = {
  decoding: () => ({ unclearNull: 'unchanged' }),
  tableOf: () => ({ schema: 'public', name: 'users' }),
};

/** A user event that brings its place in the log of its source (rule 11). */
export type CapturedUser = Decoded<UserEvent> & { readonly position: Position };

const operationOf = { read: 'INSERT', create: 'INSERT', update: 'UPDATE', delete: 'DELETE' } as const;

/** Columns of the source's table by their names; those of `users_enriched` that tell of the event are not among them. */
const known: ReadonlyMap<string, string> = new Map(
  eventColumns.flatMap(({ name, type }) => (name.startsWith('cdc_') ? [] : [[name, type] as const])),
);

/** Columns in which people differ, so that nobody gives them a default. */
const personal: ReadonlySet<string> = new Set(['email', 'first_name', 'last_name', 'phone', 'address']);

type Column = { readonly at: number; readonly name: string; readonly isTime: boolean; readonly isPersonal: boolean };

type Plan = { readonly columns: readonly Column[]; readonly unknown: readonly string[] };

function planOf({ columns, fields }: RowShape): Plan {
  const found = columns.flatMap((name, at): Column[] => {
    const type = known.get(name);
    if (type === undefined) return [];
    return [{ at, name, isTime: type === 'timestamp', isPersonal: personal.has(name) && !hasDefault(fields?.[at]) }];
  });
  return { columns: found, unknown: columns.filter((name) => !known.has(name)) };
}

const hasDefault = (field: Field | undefined): boolean => field?.default !== undefined;

/** Reads users from changes. What no user event can say is parked. */
export function users(options: ParseOptions): Step<Replicated, CapturedUser> {
  const plans = new ShapeCache(planOf);
  return {
    stage: 'decode',
    onThrow: 'decode_failed',
    treat({ event, origin, position }) {
      const { operation } = event;
      if (operation === 'truncate') return truncated;
      const row = rowOf(event, plans);
      const plan = row === null ? null : plans.of(row.shape);
      const fields: { [name: string]: unknown } = {
        cdc_operation: operationOf[operation],
        cdc_timestamp: timeOf(event),
      };
      for (const { at, name, isTime } of plan?.columns ?? []) {
        const cell = row?.cells[at] ?? null;
        if (cell === unchanged) return notCarried(name);
        if (isTime && typeof cell === 'string' && /^-?\d+$/.test(cell)) return unitUnknown(name);
        fields[name] = cell;
      }
      const user = userEventOf(fields, options);
      if (user instanceof Rejection) return user;
      for (const name of plan?.unknown ?? []) options.noticed.unknownFields.note(name);
      return { event: user, origin, position };
    },
  };
}

/**
 * The row that the event is about. A delete has the old one only when the source sends whole old rows (REPLICA IDENTITY
 * FULL). Otherwise the columns beside the key hold defaults and empty values that Debezium makes up; then the key is all.
 */
function rowOf({ key, before, after }: RowEvent, plans: ShapeCache<Plan>): Row | null {
  if (after !== null || before === null) return after ?? key;
  const { columns } = plans.of(before.shape);
  const isWhole = columns.some(
    ({ at, isPersonal }) => isPersonal && before.cells[at] !== null && before.cells[at] !== '',
  );
  if (isWhole) return before;
  return key ?? idOf(before);
}

/** Only the id of a row. */
const idShape: RowShape = { columns: ['id'], fields: null, unclearNulls: [] };
const idOf = ({ shape, cells }: Row): Row => ({ shape: idShape, cells: [cells[shape.columns.indexOf('id')] ?? null] });

/** Last millisecond that JavaScript can write as a date. */
const lastDate = 8.64e15;

/** When the change was committed, in ISO 8601. */
function timeOf({ sourceTime }: RowEvent): string | null {
  const ms = Number(sourceTime);
  return sourceTime === null || ms > lastDate ? sourceTime : new Date(ms).toISOString();
}

const truncated = new Rejection(
  'unknown_operation',
  'a TRUNCATE names no rows, and users_enriched is written row by row: its rows stay as they are',
);

const notCarried = (name: string): Rejection =>
  new Rejection(
    'not_carried',
    `${name}: a large value that the update did not touch, so the event is no whole row; REPLICA IDENTITY FULL sends it`,
    name,
  );

const unitUnknown = (name: string): Rejection =>
  new Rejection(
    'wrong_type',
    `${name}: a number whose unit only the schema tells: let the connector send schemas, or times as texts`,
    name,
  );
