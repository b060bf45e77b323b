/**
 * The soak `mariadb-hostile`: hostile messages in the topics of a replica in MariaDB, with ordinary changes between them. None stops
 * the replication: every ordinary row is there and equal, every hostile record is a dead letter with a reason and its bytes, and the
 * record counts balance. A table that differs from its source waits, and no other table does.
 */
import { Kafka, logLevel } from 'kafkajs';
import type mysql from 'mysql2/promise';
import { expect } from 'vitest';
import { headersOf } from '../headers-of.ts';
import { produceHostile, unlimited } from '../hostile/produce.ts';
import { originOf, sameBytes } from '../hostile/read-back.ts';
import { type Databases, databases, type MigrationStack } from '../replication/mariadb-scene.ts';
import { start } from '../sluice.ts';
import type { CapturedTable } from './debezium-message.ts';
import { type HostileChanges, hostileChanges, type SentRecord } from './hostile-changes.ts';
import { hostileDdl, people, topics, unknown, widened } from './hostile-tables.ts';

/** How many hostile records are sent. */
export type HostileOptions = { readonly seed: number; readonly hostile: number };

/** The result of a run. */
export type HostileResult = HostileOptions & {
  readonly ordinary: number;
  readonly records: number;
  readonly rows: number;
  readonly deadLetters: number;
  /** Dead letters by code. */
  readonly codes: Readonly<Record<string, number>>;
  readonly filtered: number;
  readonly seconds: number;
};

const limitMs = 3_000_000;

/** Runs it and checks the result. `name` is that of its databases and the prefix of its topics. */
export async function mariadbHostile(
  stack: MigrationStack,
  name: string,
  options: HostileOptions,
): Promise<HostileResult> {
  const began = performance.now();
  const it = await databases(stack.env, name);
  try {
    await it.source.query(hostileDdl);
    expect(await it.run(['schema', 'apply'])).toEndWith(0);
    const changes = hostileChanges(options.seed, options.hostile, name);
    await send(it, name, changes);
    await expectOnlyDifferingWait(it, name);
    // The rest of the run ends with 3, because records are parked.
    expect(await replicate(it)).toEndWith(3);
    const rows = await expectRows(it, changes);
    const deadLetters = await expectDeadLetters(it, name, changes);
    const counted = await expectBalanced(it, changes, deadLetters.count);
    const seconds = Math.round((performance.now() - began) / 1000);
    const { ordinary } = changes;
    return {
      ...options,
      ordinary,
      rows,
      ...counted,
      deadLetters: deadLetters.count,
      codes: deadLetters.codes,
      seconds,
    };
  } catch (error) {
    throw new Error(`with the seed ${options.seed}`, { cause: error });
  } finally {
    await it.end();
  }
}

/** One line for a person. */
export const describeHostile = ({
  seed,
  hostile,
  ordinary,
  records,
  rows,
  deadLetters,
  codes,
  filtered,
  seconds,
}: HostileResult): string =>
  `seed ${seed}: ${records} records, ${hostile} of them hostile, ${ordinary} ordinary changes; ${rows} rows equal, ` +
  `${deadLetters} dead letters with their bytes, ${filtered} filtered, ${seconds} s; ` +
  Object.entries(codes)
    .map(([code, count]) => `${code} ${count}`)
    .join(', ');

/** Without the breaker, which would rightly stop at a flood like this. */
const replicate = (it: Databases) =>
  start(['replicate', '--topics', it.topics, '--breaker', 'off', '--until-caught-up'], { env: it.env, limit: limitMs })
    .finished;

async function send({ env }: Databases, name: string, { records }: HostileChanges): Promise<void> {
  const brokers = (env.KAFKA_BOOTSTRAP_SERVERS ?? '').split(',');
  const kafka = new Kafka({ clientId: 'soak', brokers, logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const configEntries = Object.entries(unlimited).map(([key, value]) => ({ name: key, value }));
  try {
    await admin.createTopics({
      waitForLeaders: false,
      topics: topics.map(([table, numPartitions]) => ({ topic: topicOf(name, table), numPartitions, configEntries })),
    });
  } finally {
    await admin.disconnect();
  }
  for (const [table, sent] of records) await produceHostile(topicOf(name, table), sent, kafka);
}

const topicOf = (name: string, { name: table }: CapturedTable): string => `${name}.public.${table}`;

/** The first run ends with 1: tables differ, all others have caught up. The printed statements make them continue. */
async function expectOnlyDifferingWait(it: Databases, name: string): Promise<void> {
  const ended = await replicate(it);
  expect(ended).toEndWith(1);
  expect(ended.stderr).toContain('definition_differs');
  const [held] = await it.target.query<mysql.RowDataPacket[]>(
    'select topic, statements from sluice.held_table where pipeline = ? order by topic',
    [it.env.KAFKA_GROUP_ID],
  );
  expect(held.map(({ topic }) => topic)).toEqual([unknown, widened].map((table) => topicOf(name, table)));
  for (const { statements } of held)
    for (const [statement] of String(statements).matchAll(/(?:CREATE|ALTER) TABLE [^;]*;/g))
      await it.target.query(statement);
}

/** The rows are those of the ordinary changes, and of hostile records whose outcome is open. Returns how many are equal. */
async function expectRows({ target }: Databases, { rows, mayExist }: HostileChanges): Promise<number> {
  let equal = 0;
  for (const [table, expected] of rows) {
    const cells = table.columns.map(({ name, source: [type] }) =>
      type === 'BYTEA' ? `lower(hex(\`${name}\`))` : `cast(\`${name}\` as char)`,
    );
    const [found] = await target.query<mysql.RowDataPacket[][]>({
      sql: `select ${cells.join(', ')} from \`${table.name}\``,
      rowsAsArray: true,
    });
    const isOpen = (row: readonly unknown[]) => table === people && mayExist.has(String(row[0]));
    const [should, has] = [textsOf(expected), textsOf(found.filter((row) => !isOpen(row)))];
    const missing = [...should].filter((row) => !has.has(row)).slice(0, shown);
    const surplus = [...has].filter((row) => !should.has(row)).slice(0, shown);
    expect({ missing, surplus }, table.name).toEqual({ missing: [], surplus: [] });
    expect(found.filter((row) => !isOpen(row)).length, table.name).toBe(expected.length);
    equal += expected.length;
  }
  return equal;
}

/** Rows that are shown of a difference. */
const shown = 5;

/** Rows as texts, with long runs of a character shortened so that a difference can be read. */
const textsOf = (rows: readonly (readonly unknown[])[]): ReadonlySet<string> =>
  new Set(rows.map((row) => JSON.stringify(row).replace(/(.)\1{99,}/g, (run) => `${run[0]} x ${run.length}`)));

/** Every hostile record is a dead letter with its bytes, as its kind says. */
async function expectDeadLetters({ target, env }: Databases, name: string, { records }: HostileChanges) {
  const codes: Record<string, number> = {};
  let count = 0;
  for (const [table, sent] of records) {
    const found = await readDeadLetters(target, env.KAFKA_GROUP_ID ?? '', topicOf(name, table));
    const wrong = sent.filter((record) => !isAsExpected(record, found.get(originOf(record))));
    expect(
      wrong.slice(0, 10).map((record) => [record.kind, originOf(record), found.get(originOf(record))?.reason]),
    ).toEqual([]);
    count += found.size;
    for (const { code } of found.values()) codes[code] = (codes[code] ?? 0) + 1;
  }
  return { count, codes };
}

/** A dead letter as it is stored. */
type DeadLetter = {
  readonly origin: string;
  readonly code: string;
  readonly reason: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Buffer | null;
};

async function readDeadLetters(
  target: mysql.Connection,
  pipeline: string,
  topic: string,
): Promise<ReadonlyMap<string, DeadLetter>> {
  const [rows] = await target.query<(mysql.RowDataPacket & DeadLetter)[]>(
    `select concat(\`partition\`, ':', \`offset\`) as origin, code, reason, \`key\`, value, headers
     from sluice.dead_letter where pipeline = ? and topic = ?`,
    [pipeline, topic],
  );
  return new Map(rows.map((row) => [row.origin, row]));
}

function isAsExpected(record: SentRecord, found: DeadLetter | undefined): boolean {
  if (found === undefined) return record.outcome !== 'parked';
  if (record.outcome !== 'parked' && record.outcome !== 'either') return false;
  const isWhole = sameBytes(found.key, record.key) && sameBytes(found.value, record.value);
  const headers = headersOf(found.headers).flat();
  const sent = record.headers.flat();
  const hasHeaders = headers.length === sent.length && headers.every((one, at) => sameBytes(one, sent[at] ?? null));
  return isWhole && hasHeaders && found.reason.length > 0 && found.reason.length < 1_000;
}

/** Each partition has counted all of its records. */
async function expectBalanced({ target, env }: Databases, { records }: HostileChanges, deadLetters: number) {
  const [partitions] = await target.query<mysql.RowDataPacket[]>(
    `select topic, \`partition\`, \`read\` as taken, next_offset, applied + superseded + filtered + parked as counted, parked, filtered
     from sluice.checkpoint where pipeline = ?`,
    [env.KAFKA_GROUP_ID],
  );
  const unbalanced = partitions.filter(
    ({ taken, next_offset, counted }) => taken !== next_offset || taken !== Number(counted),
  );
  expect(unbalanced).toEqual([]);
  const sum = (of: string) => partitions.reduce((total, row) => total + Number(row[of]), 0);
  const sent = [...records.values()].flat();
  const filtered = sent.filter(({ outcome }) => outcome === 'filtered').length;
  expect({ taken: sum('taken'), parked: sum('parked'), filtered: sum('filtered') }).toEqual({
    ...{ taken: sent.length, parked: deadLetters, filtered },
  });
  return { records: sent.length, filtered };
}
