/** Replicated rows of one table in memory: `t (id primary key, name of at most ten characters, unique, note)`. */
import type { MergeResult, Rows, Staged } from '../../engines/sink/rows.ts';
import { type Row, unchanged } from '../../formats/debezium/row-event.ts';
import type { Position, Replicated } from '../../pipeline/change.ts';
import { MemoryRefusal, type MemorySession, type MemoryState } from './memory-engine.ts';

/** A row of the table. */
export type MemoryRow = { readonly [column: string]: string | null };

type Order = readonly [generation: number, major: bigint, minor: bigint];
type Numbered = { readonly batch: number; readonly ordinal: number; readonly record: Replicated };

const columns = ['id', 'name', 'note'];
const longestName = 10;

/** Writes to the table. */
export const memoryRows: Rows<MemorySession, Replicated> = {
  open: async () => {},
  dependencies: {
    async prepare(_, group) {
      const unfit = group.flatMap(({ claim, records }) => {
        const record = records.find(({ event: { after } }) =>
          after?.shape.columns.some((one) => !columns.includes(one)),
        );
        if (record === undefined) return [];
        const misfit = { table: 't', reason: 'it lacks a column', statements: [], note: null };
        return [[claim, { record, misfit }] as const];
      });
      return new Map(unfit);
    },
    withDependents: async (_, __, excluded) => excluded,
    mustWait: async () => false,
    isLeftOut: () => false,
    positionOf: ({ position }) => position,
    progressAt: ({ reached }) => reached,
  },
  async stage(session, group, excluded) {
    let ordinal = -1;
    const numbered = group.flatMap(({ records }, batch) =>
      records.flatMap((record): Numbered[] => {
        ordinal += 1;
        return excluded.has(record.origin) ? [] : [{ batch, ordinal, record }];
      }),
    );
    return stagedIn(session, numbered, ordinal + 1);
  },
};

const stagedIn = (session: MemorySession, numbered: readonly Numbered[], count: number): Staged => ({
  count,
  canReplace: false,
  isOrdered: false,
  async merge(first, last) {
    const state = structuredClone(session.state);
    const range = numbered.filter(({ ordinal }) => ordinal >= first && ordinal <= last);
    const results = new Map<string, MergeResult>();
    for (const one of range) {
      // Of the changes of one key only the newest is applied.
      const answer = apply(state, one);
      results.set(answer.applied > 0 ? idOf(one.record) : `ordinal ${one.ordinal}`, answer);
    }
    requireUniqueNames(state);
    session.state = state;
    return [...results.values()];
  },
  deferRow: async () => undefined,
  mayMissRow: async () => false,
  causeOf: async () => 'record',
  end: async () => {},
});

function apply(state: MemoryState, { batch, ordinal, record }: Numbered): MergeResult {
  const { operation, after } = record.event;
  const at = orderOf(record.position);
  if (operation === 'truncate') {
    if (isNewer(at, state.floor)) state.floor = at;
    for (const [id, { position }] of state.guards) if (isNewer(at, position)) state.rows.delete(id);
    return { batch, applied: 1 };
  }
  const id = idOf(record);
  const guard = state.guards.get(id);
  if (!isNewer(at, state.floor) || (guard && !isNewer(at, guard.position))) return { batch, applied: 0 };
  const standing = state.rows.get(id);
  if (after?.cells.includes(unchanged) && standing === undefined) return { batch, applied: 0, baseless: [ordinal] };
  state.guards.set(id, { position: at, deleted: after === null });
  if (after === null) state.rows.delete(id);
  else state.rows.set(id, rowOf(after, standing));
  return { batch, applied: 1 };
}

function rowOf({ shape, cells }: Row, standing: MemoryRow | undefined): MemoryRow {
  const entries = shape.columns.map((column, index): [string, string | null] => {
    const cell = cells[index] ?? null;
    return [column, cell === unchanged ? (standing?.[column] ?? null) : cell === null ? null : String(cell)];
  });
  const row = { ...standing, ...Object.fromEntries(entries) };
  if ((row.name ?? '').length > longestName) throw new MemoryRefusal('value', 'the name is too long');
  return row;
}

function requireUniqueNames({ rows }: MemoryState): void {
  const names = [...rows.values()].flatMap(({ name }) => (name === null || name === undefined ? [] : [name]));
  if (new Set(names).size < names.length) throw new MemoryRefusal('collision', 'two rows have one name');
}

const idOf = ({ event: { after, key, before } }: Replicated): string => {
  const row = after ?? key ?? before;
  return String(row?.cells[row.shape.columns.indexOf('id')]);
};

const orderOf = ({ generation, major, minor }: Position): Order => [generation, BigInt(major), BigInt(minor)];

const isNewer = (a: Order, b: Order): boolean => {
  const index = a.findIndex((part, place) => part !== b[place]);
  return index !== -1 && (a[index] ?? 0) > (b[index] ?? 0);
};
