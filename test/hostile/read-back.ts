/** Reads rows and dead letters of hostile records from the database, in a form that can be compared with the sent records. */
import type pg from 'pg';
import { type Row, soundRow } from './corpus.ts';

/** A dead letter with its stored columns; `origin` is `partition:offset`. */
export type DeadLetter = {
  readonly origin: string;
  readonly code: string;
  readonly reason: string;
  readonly field: string | null;
  readonly stage: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Buffer | null;
};

const texts = Object.keys(soundRow(0n, 0n)).filter((name) => name !== 'is_valid_email_flag' && name !== 'sequence');
const selectRows = `select ${texts.map((name) => `${name}::text as ${name}`).join(', ')}, is_valid_email_flag,
  source_major::text as sequence from users_enriched`;

/** All rows by id. */
export async function readRows(client: pg.Client): Promise<ReadonlyMap<string, Row>> {
  const { rows } = await client.query<Row>(selectRows);
  return new Map(rows.map((row) => [String(row.id), row]));
}

/** The dead letters of a pipeline by `partition:offset`. */
export async function readDeadLetters(client: pg.Client, pipeline: string): Promise<ReadonlyMap<string, DeadLetter>> {
  const { rows } = await client.query<DeadLetter>(
    `select partition || ':' || "offset" as origin, code, reason, field, stage, key, value, headers
     from sluice.dead_letter where pipeline = $1`,
    [pipeline],
  );
  return new Map(rows.map((deadLetter) => [deadLetter.origin, deadLetter]));
}

/** The origin of a record, in the form of dead letters. */
export const originOf = ({ partition, offset }: { readonly partition: number; readonly offset: string }): string =>
  `${partition}:${offset}`;

/** Are two keys or values equal byte by byte? Null differs from an empty one. */
export const sameBytes = (a: Buffer | null | undefined, b: Buffer | null): boolean =>
  a && b ? a.equals(b) : (a ?? null) === b;

/** Differences cell by cell, shortened so that one in a text of megabytes fits a line. */
export function differences(actual: Row | undefined, expected: Row): string[] {
  const short = (cell: unknown) => JSON.stringify(cell)?.slice(0, 200);
  return Object.keys(expected)
    .filter((name) => actual?.[name] !== expected[name])
    .map((name) => `${name}: ${short(actual?.[name])} instead of ${short(expected[name])}`);
}
