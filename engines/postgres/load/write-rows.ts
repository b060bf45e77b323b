/** Writes the rows of a chunk within a transaction: by one COPY, or in parts from which refused rows are left out. */
import type pg from 'pg';
import { messageOf, PipelineError } from '../../../pipeline/errors.ts';
import { Rejection } from '../../../schemas/rejection.ts';
import type { LoadedRow, RefusedRow } from '../../load.ts';
import { writeBisecting } from '../../load-rows.ts';
import { refusalOf } from '../apply/refusal.ts';
import { copyInto } from './copy.ts';
import { copyLines, countLines, parseCopyLine } from './copy-lines.ts';
import { copyCell } from './copy-text.ts';
import type { LoadTable } from './load-table.ts';

/** Rows as COPY's text, for a source that sends only cells. */
export async function* copyTextOf(batches: AsyncIterable<readonly LoadedRow[]>): AsyncGenerator<Buffer> {
  for await (const rows of batches)
    if (rows.length > 0) yield Buffer.from(rows.map((row) => `${row.map(copyCell).join('\t')}\n`).join(''), 'utf8');
}

/** Writes all rows, or throws the error of one of them. Returns their number. The staging table must exist, and be empty. */
export async function writeAll(
  client: pg.Client,
  { qualified, copy, staging }: LoadTable,
  text: Iterable<Buffer> | AsyncIterable<Buffer>,
): Promise<number> {
  const sent = { rows: 0 };
  const copied = await copyInto(client, copy, counted(text, sent));
  const written = staging === null ? copied : ((await client.query(staging.insert)).rowCount ?? 0);
  if (written !== sent.rows)
    throw new PipelineError(
      'rows_suppressed',
      `the target wrote ${written} of ${sent.rows} rows of ${qualified}: a trigger suppresses the others`,
      {
        advice: `Disable it for the load: ALTER TABLE ${qualified} DISABLE TRIGGER …; \\d ${qualified} shows its name.`,
      },
    );
  return written;
}

/** Whether the server refused a row, and not the statement. */
export function isOfRow(error: unknown): boolean {
  const refusal = refusalOf(error);
  return refusal !== undefined && refusal.kind !== 'definition';
}

/** Writes all rows but those that the server refuses, which are passed to `keep`. Returns the number of written rows. */
export async function writeAccepted(
  client: pg.Client,
  table: LoadTable,
  text: AsyncIterable<Buffer>,
  keep: (refused: readonly RefusedRow[]) => Promise<void>,
): Promise<number> {
  let written = 0;
  for await (const lines of copyLines(text)) {
    const write = (some: readonly Buffer[]) => withSavepoint(client, table, () => writeAll(client, table, some));
    const refused = await writeBisecting(lines, write, isOfRow);
    written += lines.length - refused.length;
    await keep(refused.map(({ row, error }) => refusedRow(table, row, error)));
  }
  return written;
}

function refusedRow({ columns }: LoadTable, line: Buffer, error: unknown): RefusedRow {
  const cells = parseCopyLine(line.toString('utf8', 0, line.length - 1));
  const rejection = refusalOf(error)?.rejection ?? new Rejection('refused_by_database', messageOf(error));
  return {
    code: rejection.code,
    reason: rejection.message,
    field: rejection.field ?? columnIn(error),
    cells: Object.fromEntries(columns.map((name, at) => [name, cells[at] ?? null])),
  };
}

/** The column in the context that COPY adds to an error: `COPY orders, line 7, column total: "x"`. */
const columnIn = (error: unknown): string | null =>
  /^COPY .*, [^ ]+ \d+, [^ ]+ ([^:]+)/.exec((error as { where?: string }).where ?? '')?.[1] ?? null;

async function withSavepoint(client: pg.Client, { staging }: LoadTable, work: () => Promise<unknown>): Promise<void> {
  await client.query('savepoint part');
  try {
    await work();
    await client.query(`release savepoint part; ${staging?.empty ?? ''}`);
  } catch (error) {
    // If the connection is lost, the server rolls back. The first error is thrown.
    await client.query('rollback to savepoint part; release savepoint part').catch(() => undefined);
    throw error;
  }
}

async function* counted(
  text: Iterable<Buffer> | AsyncIterable<Buffer>,
  sent: { rows: number },
): AsyncGenerator<Buffer> {
  for await (const block of text) {
    sent.rows += countLines(block);
    yield block;
  }
}
