/** Compares a database with the oracle: rows, dead letters, record counts. */
import type pg from 'pg';
import { expect } from 'vitest';
import { diffRows, expectedLetters, selectActualRows } from './compare.ts';
import { type ExpectedRow, expectedBooks, expectedRows } from './oracle.ts';
import type { OracleRecord } from './workload.ts';

/** The rows, dead letters and record counts in the database are those of the oracle. */
export async function expectOracle(
  client: pg.Client,
  pipeline: string,
  records: readonly OracleRecord[],
): Promise<void> {
  const { rows } = await client.query<ExpectedRow>(selectActualRows);
  expect(diffRows(expectedRows(records), rows)).toEqual([]);

  const letters = await client.query<{ origin: string; code: string; value: Buffer | null }>(
    `select partition || ':' || "offset" as origin, code, value from sluice.dead_letter where pipeline = $1`,
    [pipeline],
  );
  const expectedKinds = [...expectedLetters(records)].map(([origin, kind]) => [origin, kind.reason]);
  expect(letters.rows.map(({ origin, code }) => [origin, code]).sort()).toEqual(expectedKinds.sort());
  const raw = new Map(records.map((record) => [`${record.partition}:${record.offset}`, record.value]));
  for (const { origin, value } of letters.rows) expect(value).toEqual(raw.get(origin));

  const books = await client.query(
    `select partition, next_offset, read, filtered, parked, applied + superseded as rest from sluice.checkpoint
     where pipeline = $1 order by partition`,
    [pipeline],
  );
  const expected = [...expectedBooks(records)].map(([partition, one]) => ({
    partition,
    next_offset: String(one.nextOffset),
    read: String(one.read),
    filtered: String(one.filtered),
    parked: String(one.parked),
    rest: String(one.appliedAndSuperseded),
  }));
  expect(books.rows).toEqual(expected.sort((a, b) => a.partition - b.partition));
}
