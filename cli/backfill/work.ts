/** The rows of a backfill, batch by batch. */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import {
  type Example,
  type Filled,
  type FillStatements,
  readRows,
  type StoredRow,
} from '../../engines/postgres/load/backfill.ts';
import { backoff } from '../../pipeline/backoff.ts';
import { nothingNoticed } from '../../pipeline/progress.ts';
import { type Computing, computing } from '../../pipeline/stages/enrich.ts';
import { enrichedTable } from '../../schemas/migrations.ts';
import { Rejection } from '../../schemas/rejection.ts';
import type { Column, PositionColumns } from '../../schemas/table-shape.ts';
import type { UserEvent } from '../../schemas/user-event.ts';
import { eventColumns } from '../../schemas/users-enriched.ts';
import { diagnose } from '../../services/diagnose.ts';
import type { EnrichedValue, Enrichment } from '../../udfs/registry.ts';

/** Rows of one transaction. */
const batchRows = 1000;
/** Rows shown by a trial. */
const mostExamples = 5;
/** Ids named for one kind of failure. */
const mostIds = 5;
/** Kinds of failure that are told apart; what fails otherwise is counted with the last. */
const mostKinds = 20;
/** Attempts to write a batch that collides with other transactions. */
const mostAttempts = 5;

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
  /** A newer event came between reading and writing. */
  newer: number;
  /** A function threw. */
  failed: number;
  /** Computed texts beyond their column. */
  tooLong: number;
};

/** Reads, computes and writes one batch at a time. */
export class Backfill {
  readonly counts: BackfillCounts = { read: 0, changed: 0, unchanged: 0, newer: 0, failed: 0, tooLong: 0 };
  readonly examples: Example[] = [];
  /** Whether all rows are through. */
  done = false;
  /** The key of the last row that is through. */
  last: string | null;
  readonly #options: BackfillOptions;
  readonly #compute: Computing;
  readonly #noticed = nothingNoticed();
  readonly #failures = new Map<string, { count: number; readonly ids: string[] }>();
  #sequence: boolean | undefined;

  constructor(options: BackfillOptions) {
    this.#options = options;
    this.last = options.after;
    this.#compute = computing({ enrichments: options.enrichments, noticed: this.#noticed });
  }

  /** Does the next batch; false when there are no more rows. */
  async next(): Promise<boolean> {
    const { client, columns, position, statements, dryRun } = this.#options;
    this.#sequence ??= await isOrderedBySequence(client);
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
    const batch = this.#filled(rows, columns);
    const { same, changed } = dryRun
      ? await this.#compare(batch)
      : await written(() => statements.write(client, batch));
    this.counts.read += rows.length;
    this.counts.changed += changed;
    this.counts.unchanged += same - changed;
    this.counts.newer += batch.length - same;
    this.counts.failed += rows.length - batch.length;
    this.counts.tooLong = this.#noticed.computedTooLong;
    this.last = rows.at(-1)?.id ?? this.last;
    return true;
  }

  /** What failed, one line for each column and reason. */
  failures(): string[] {
    return [...this.#failures].map(([reason, { count, ids }]) => {
      const more = count > ids.length ? ' …' : '';
      return `${count} rows: ${reason} (id ${ids.join(', ')}${more})`;
    });
  }

  #filled(rows: readonly StoredRow[], columns: readonly Column[]): Filled[] {
    const batch: Filled[] = [];
    for (const row of rows) {
      const computed = this.#compute(eventOf(row, this.#sequence ?? false));
      if (computed instanceof Rejection) this.#failed(computed.message, row.id);
      else batch.push({ row, values: columns.map(({ name }) => textOf(computed[name] ?? null)) });
    }
    return batch;
  }

  #failed(reason: string, id: string): void {
    const kind = this.#failures.has(reason) || this.#failures.size < mostKinds ? reason : 'other reasons';
    const failure = this.#failures.get(kind) ?? { count: 0, ids: [] };
    failure.count += 1;
    if (failure.ids.length < mostIds) failure.ids.push(id);
    this.#failures.set(kind, failure);
  }

  async #compare(batch: readonly Filled[]) {
    const { client, statements } = this.#options;
    const { counts, examples } = await statements.compare(client, batch, mostExamples - this.examples.length);
    this.examples.push(...examples);
    return counts;
  }
}

/** Tries again what collided with other transactions. */
async function written<T>(write: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await write();
    } catch (error) {
      const { reaction, code } = diagnose(error);
      if (reaction !== 'retry' || !/^(?:40|55)/.test(code) || attempt === mostAttempts) throw error;
      await sleep(backoff(attempt));
    }
  }
}

/** A table without events has no order yet. */
async function isOrderedBySequence(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ order_by: string }>(
    'select order_by from sluice.target where table_name = $1',
    [enrichedTable],
  );
  return rows[0]?.order_by === 'sequence';
}

/** The event that made the row, but for what the table does not keep: `cdc_source`, and the sequence unless it orders the rows. */
function eventOf({ cells, position }: StoredRow, ordered: boolean): UserEvent {
  const [, major] = position;
  return { ...cells, cdc_sequence: ordered ? major : null, cdc_source: null } as UserEvent;
}

const textOf = (value: EnrichedValue): string | null => (value === null ? null : String(value));
