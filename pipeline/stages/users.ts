/**
 * users: turns captured changes of a users table into user events. Columns are matched by name: missing columns are null, and
 * unknown columns are counted and ignored. A user event is a whole row (rule 2), so a change that lacks a cell is parked.
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

/** Capture options of a users table. Its name at the source and unclear nulls of unknown columns have no effect. */
export const captured: CaptureOptions = {
  decoding: () => ({ unclearNull: 'unchanged' }),
  tableOf: () => ({ schema: 'public', name: 'users' }),
};

/** A user event with its position at the source (rule 11). */
export type CapturedUser = Decoded<UserEvent> & { readonly position: Position };

const operationOf = { read: 'INSERT', create: 'INSERT', update: 'UPDATE', delete: 'DELETE' } as const;

/** Types of the user columns by name. The `cdc_` columns describe the event, so no source column fills them. */
const known: ReadonlyMap<string, string> = new Map(
  eventColumns.flatMap(({ name, type }) => (name.startsWith('cdc_') ? [] : [[name, type] as const])),
);

/** Columns with personal values, which usually have no default. */
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

/** Returns a step that turns changes into user events. It parks a change that cannot be expressed as a user event. */
export function users(options: ParseOptions): Step<Replicated, CapturedUser> {
  const plans = new ShapeCache(planOf);
  return {
    stage: 'decode',
    onThrow: 'decode_failed',
    handle({ event, origin, position }) {
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
 * Returns the row of the event. A delete carries the old row only with REPLICA IDENTITY FULL. Otherwise Debezium fills all other
 * columns with defaults and empty values, so only the key is used.
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

/** Shape of a row that has only the id. */
const idShape: RowShape = { columns: ['id'], fields: null, unclearNulls: [] };
const idOf = ({ shape, cells }: Row): Row => ({ shape: idShape, cells: [cells[shape.columns.indexOf('id')] ?? null] });

/** The last time that a JavaScript date can hold. */
const maxDateMs = 8.64e15;

/** Returns the commit time of the change in ISO 8601. */
function timeOf({ sourceTime }: RowEvent): string | null {
  const ms = Number(sourceTime);
  return sourceTime === null || ms > maxDateMs ? sourceTime : new Date(ms).toISOString();
}

const truncated = new Rejection(
  'unknown_operation',
  'a TRUNCATE names no rows, and users_enriched is written row by row: its rows were not changed',
);

const notCarried = (name: string): Rejection =>
  new Rejection(
    'not_carried',
    `${name}: the event lacks this large value, because the update did not change it; with REPLICA IDENTITY FULL the source sends it`,
    name,
  );

const unitUnknown = (name: string): Rejection =>
  new Rejection(
    'wrong_type',
    `${name}: the unit of this number is only in the schema; configure the connector to send schemas, or times as text`,
    name,
  );
