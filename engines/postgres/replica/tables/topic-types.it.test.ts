/** Proves that the column types of a topic come only from tables that may be its own, and from the source before the target. */

import { expect, test } from 'vitest';
import type { ClaimRequest, Claims } from '../../../../pipeline/ports.ts';
import type { SourceTable } from '../../../../schemas/table-name.ts';
import { silent } from '../../../../test/batches.ts';
import { describePostgres, freshDatabase } from '../../../../test/context.ts';
import { databaseOf } from '../../../../test/database-of.ts';
import { type Database, withConnection } from '../../connection/connection.ts';
import { diagnose } from '../../errors.ts';
import { learning, TopicTypes } from './topic-types.ts';

const request = (topic: string): ClaimRequest => ({
  topic,
  clusterId: null,
  partitionCount: 1,
  partitions: [],
  mine: [],
});
const noClaims: Claims = { server: 'none', diagnose, claim: async () => [] };

async function scene(sourceDdl: string, targetDdl: string, away = false) {
  const [from, to] = await Promise.all([freshDatabase('from'), freshDatabase('to')]);
  const source = databaseOf(from.url);
  const run = (database: Database, ddl: string) => withConnection(database, 'test', (client) => client.query(ddl));
  await Promise.all([run(source, sourceDdl), run(databaseOf(to.url), targetDdl)]);
  const warnings: object[] = [];
  const types = new TopicTypes({
    // A port that nobody listens at.
    source: away ? { ...source, port: 1 } : source,
    target: databaseOf(to.url),
    isWanted: ({ name }: SourceTable) => name !== 'masked',
    logger: { ...silent, warn: (fields: object) => void warnings.push(fields) },
  });
  await types.learn();
  return {
    types,
    warnings,
    typesOf: (topic: string, ...columns: string[]) => columns.map((name) => types.decoding(topic).schemaless?.(name)),
    atSource: (ddl: string) => run(source, ddl),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([from[Symbol.asyncDispose](), to[Symbol.asyncDispose]()]);
    },
  };
}

describePostgres('types of the columns of a topic', () => {
  test('come from the source, with domains resolved and with modifiers', async () => {
    const ddl = `create domain d as numeric(10,2); create domain dd as d; create type e as enum ('x'); create type c as (a integer);
      create table "T x" (a dd, b e, c c, d c[], e d[], f timestamp(3)[], g bit varying(9), h char(3), i e[])`;
    await using it = await scene(ddl, 'create table "T x" (a text)');
    expect(it.typesOf('cdc.public.T_x', ...'abcdefghij')).toEqual([
      'numeric(10,2)',
      'public.e',
      'record',
      'record[]',
      'record[]',
      'timestamp(3) without time zone[]',
      'bit varying(9)',
      'character(3)',
      'public.e[]',
      undefined,
    ]);
    expect(it.warnings).toEqual([]);
  });

  test('that users have created are found by name, with or without schema, unless two of them differ', async () => {
    const ddl = `create schema s; create type c as (a integer); create type s.c as (b text); create domain raw as bytea;
      create domain deeper as raw; create domain b3 as bit(3); create domain "Odd ""One" as jsonpath; create type mood as enum ('x');
      create domain twice as bytea; create domain s.twice as text; create domain list as integer[]`;
    await using it = await scene(ddl, 'create domain unknown as bytea');
    const named = (name: string, array = false) =>
      it.types.decoding('cdc.public.t').named?.({ name, array, modifiers: [] });
    expect([named('c'), named('c', true), named('"s"."c"')]).toEqual(['record', 'record[]', 'record']);
    expect([named('raw'), named('deeper'), named('deeper', true)]).toEqual(['bytea', 'bytea', 'record[]']);
    expect([named('b3'), named('odd "one'), named('mood', true)]).toEqual(['bit(3)', 'jsonpath', 'public.mood[]']);
    expect([named('twice'), named('"s"."twice"'), named('"public"."twice"')]).toEqual([undefined, 'text', 'bytea']);
    expect([named('list'), named('int4'), named('unknown')]).toEqual(['integer[]', undefined, undefined]);
  });

  test('are undefined if tables that share the topic differ', async () => {
    const ddl = `create schema a; create schema "p.a"; create schema "b";
      create table a."b.c" (x integer[], y bytea); create table b.c (x integer[], y text)`;
    await using it = await scene(ddl, '');
    expect(it.typesOf('cdc.a.b.c', 'x', 'y')).toEqual(['integer[]', undefined]);
    expect(it.typesOf('cdc.b.c', 'x', 'y')).toEqual(['integer[]', 'text']);
    expect(it.typesOf('xb.c', 'x')).toEqual([undefined]);
  });

  test('are read again if an unknown topic is claimed', async () => {
    await using it = await scene('create table t (a bytea)', '');
    const claims = learning(noClaims, it.types);
    await it.atSource('create table later (a bytea); alter table t add b bytea');
    await claims.claim(request('cdc.public.t'));
    expect(it.typesOf('cdc.public.later', 'a')).toEqual([undefined]);
    await claims.claim(request('cdc.public.later'));
    expect(it.typesOf('cdc.public.later', 'a')).toEqual(['bytea']);
  });

  test('come from the target if the source is unreachable, but only unambiguous ones', async () => {
    const ddl = `create table t (a integer[], b bytea, c date, d timestamp, e timestamp[], f text, g bit(3), h integer, i box, j timestamptz[]);
      create table masked (b bytea)`;
    await using it = await scene('', ddl, true);
    expect(it.typesOf('cdc.public.t', ...'abcdefghij')).toEqual([
      'integer[]',
      'bytea',
      'date',
      undefined,
      undefined,
      undefined,
      'bit(3)',
      undefined,
      'box',
      'timestamp with time zone[]',
    ]);
    expect(it.typesOf('cdc.public.masked', 'b')).toEqual([undefined]);
    expect(it.warnings).toHaveLength(1);
  });
});
