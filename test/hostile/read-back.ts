/** What became of hostile records, read from the database in a form that can be compared with what was sent. */
import type pg from 'pg';
import { type Row, soundRow } from './corpus.ts';

/** A dead letter, every column as it is kept; `origin` is `partition:offset`. */
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

/** The letters of a pipeline by `partition:offset`. */
export async function readLetters(client: pg.Client, pipeline: string): Promise<ReadonlyMap<string, DeadLetter>> {
  const { rows } = await client.query<DeadLetter>(
    `select partition || ':' || "offset" as origin, code, reason, field, stage, key, value, headers
     from sluice.dead_letter where pipeline = $1`,
    [pipeline],
  );
  return new Map(rows.map((letter) => [letter.origin, letter]));
}

/** Where a record stands, as letters say it. */
export const originOf = ({ partition, offset }: { readonly partition: number; readonly offset: string }): string =>
  `${partition}:${offset}`;

/** Whether two keys or values are the same, byte by byte; null is no empty one. */
export const sameBytes = (a: Buffer | null | undefined, b: Buffer | null): boolean =>
  a && b ? a.equals(b) : (a ?? null) === b;

/** Differences cell by cell, in words, so that one in a text of megabytes is told in a line. */
export function differences(actual: Row | undefined, expected: Row): string[] {
  const short = (cell: unknown) => JSON.stringify(cell)?.slice(0, 200);
  return Object.keys(expected)
    .filter((name) => actual?.[name] !== expected[name])
    .map((name) => `${name}: ${short(actual?.[name])} instead of ${short(expected[name])}`);
}
