/** The rows of a backfill, batch by batch. */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import {
  type Example,
  type Filled,
  type FillStatements,
  readRows,
  type StoredRow,
} from '../engines/postgres/load/backfill.ts';
import { backoff } from '../pipeline/backoff.ts';
import { nothingNoticed } from '../pipeline/progress.ts';
import { type Computing, computing } from '../pipeline/stages/enrich.ts';
import { enrichedTable } from '../schemas/migrations.ts';
import { Rejection } from '../schemas/rejection.ts';
import type { Column, PositionColumns } from '../schemas/table-shape.ts';
import type { UserEvent } from '../schemas/user-event.ts';
import { eventColumns } from '../schemas/users-enriched.ts';
import type { EnrichedValue, Enrichment } from '../udfs/registry.ts';
import { diagnose } from './diagnose.ts';

/** Rows of one transaction. */
const batchRows = 1000;
/** Examples that a dry run shows. */
const maxExamples = 5;
/** Ids listed for one kind of failure. */
const maxIds = 5;
/** Kinds of failure counted separately; all further kinds are counted together. */
const maxKinds = 20;
/** Most attempts to write a batch that conflicts with other transactions. */
const maxAttempts = 5;

export type BackfillOptions = {
  readonly client: pg.Client;
  readonly columns: readonly Column[];
  readonly position: PositionColumns;
  readonly enrichments: readonly Enrichment[];
  readonly statements: FillStatements;
  /** Only rows with a key above this one. */
  readonly after: string | null;
  readonly dryRun: boolean;
};

export type BackfillCounts = {
  read: number;
  changed: number;
  unchanged: number;
  /** Rows that a newer event changed between reading and writing. */
  newer: number;
  /** Rows for which an enrichment function threw. */
  failed: number;
  /** Computed texts longer than their column; NULL is stored instead. */
  tooLong: number;
};

/** Reads, computes and writes one batch at a time. */
export class Backfill {
  readonly counts: BackfillCounts = { read: 0, changed: 0, unchanged: 0, newer: 0, failed: 0, tooLong: 0 };
  readonly examples: Example[] = [];
  /** Whether all rows have been processed. */
  done = false;
  /** The key of the last processed row. */
  last: string | null;
  readonly #options: BackfillOptions;
  readonly #compute: Computing;
  readonly #noticed = nothingNoticed();
  readonly #failures = new Map<string, { count: number; readonly ids: string[] }>();
  #isOrderedBySequence: boolean | undefined;

  constructor(options: BackfillOptions) {
    this.#options = options;
    this.last = options.after;
    this.#compute = computing({ enrichments: options.enrichments, noticed: this.#noticed });
  }

  /** Processes the next batch. Returns false when no rows are left. */
  async next(): Promise<boolean> {
    const { client, columns, position, statements, dryRun } = this.#options;
    this.#isOrderedBySequence ??= await isOrderedBySequence(client);
    const rows = await readRows(
      client,
      eventColumns.map(({ name }) => name),
      position,
      { after: this.last, limit: batchRows },
    );
    if (rows.length === 0) {
      this.done = true;
      return false;
    }
    const batch = this.#computeRows(rows, columns);
    const { same, changed } = dryRun
      ? await this.#compare(batch)
      : await writeWithRetry(() => statements.write(client, batch));
    this.counts.read += rows.length;
    this.counts.changed += changed;
    this.counts.unchanged += same - changed;
    this.counts.newer += batch.length - same;
    this.counts.failed += rows.length - batch.length;
    this.counts.tooLong = this.#noticed.computedTooLong;
    this.last = rows.at(-1)?.id ?? this.last;
    return true;
  }

  /** Returns one line for each column and reason of failure. */
  failures(): string[] {
    return [...this.#failures].map(([reason, { count, ids }]) => {
      const more = count > ids.length ? ' …' : '';
      return `${count} rows: ${reason} (id ${ids.join(', ')}${more})`;
    });
  }

  #computeRows(rows: readonly StoredRow[], columns: readonly Column[]): Filled[] {
    const batch: Filled[] = [];
    for (const row of rows) {
      const computed = this.#compute(eventOf(row, this.#isOrderedBySequence ?? false));
      if (computed instanceof Rejection) this.#failed(computed.message, row.id);
      else batch.push({ row, values: columns.map(({ name }) => textOf(computed[name] ?? null)) });
    }
    return batch;
  }

  #failed(reason: string, id: string): void {
    const kind = this.#failures.has(reason) || this.#failures.size < maxKinds ? reason : 'other reasons';
    const failure = this.#failures.get(kind) ?? { count: 0, ids: [] };
    failure.count += 1;
    if (failure.ids.length < maxIds) failure.ids.push(id);
    this.#failures.set(kind, failure);
  }

  async #compare(batch: readonly Filled[]) {
    const { client, statements } = this.#options;
    const { counts, examples } = await statements.compare(client, batch, maxExamples - this.examples.length);
    this.examples.push(...examples);
    return counts;
  }
}

/** Retries a write that conflicted with another transaction (SQLSTATE classes 40 and 55). */
async function writeWithRetry<T>(write: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await write();
    } catch (error) {
      const { reaction, code } = diagnose(error);
      if (reaction !== 'retry' || !/^(?:40|55)/.test(code) || attempt === maxAttempts) throw error;
      await sleep(backoff(attempt));
    }
  }
}

/** Returns false for a table without events: it has no order yet. */
async function isOrderedBySequence(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ order_by: string }>(
    'select order_by from sluice.target where table_name = $1',
    [enrichedTable],
  );
  return rows[0]?.order_by === 'sequence';
}

/** Rebuilds the event behind a row. The table does not keep `cdc_source`, and keeps the sequence only if it orders the rows. */
function eventOf({ cells, position }: StoredRow, ordered: boolean): UserEvent {
  const [, major] = position;
  return { ...cells, cdc_sequence: ordered ? major : null, cdc_source: null } as UserEvent;
}

const textOf = (value: EnrichedValue): string | null => (value === null ? null : String(value));
