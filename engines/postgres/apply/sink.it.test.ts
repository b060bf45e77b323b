/** Proves the promises of the sink: all or nothing, only the owner writes, old never overwrites new, only bad rows are parked. */

import fc from 'fast-check';
import pg from 'pg';
import { expect, test, vi } from 'vitest';
import type { Batch, Claim } from '../../../pipeline/batch.ts';
import type { Change } from '../../../pipeline/change.ts';
import { Rejection } from '../../../schemas/rejection.ts';
import { withDeletes } from '../../../schemas/table-shape.ts';
import { usersEnriched } from '../../../schemas/users-enriched.ts';
import { describePostgres } from '../../../test/context.ts';
import { until } from '../../../test/sluice.ts';
import { batchOf, type ChangeCells, change, freshTarget, sinkOf, type Target } from '../../../test/target.ts';
import { readCheckpoints } from '../checkpoint/checkpoints.ts';
import { diagnose } from '../errors.ts';
import { oneTable } from './one-table.ts';
import { registerTarget } from './target.ts';

const counts = `select partition, next_offset::int as next, read::int, applied::int, superseded::int, filtered::int, parked::int
  from sluice.checkpoint where read > 0 or next_offset > 0 order by partition`;

const one = <T>([first]: readonly T[]): T => {
  if (first === undefined) throw new Error('expected one');
  return first;
};

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describePostgres('the sink', () => {
  test('makes rows, dead letters, counters and checkpoint of a group durable together (rule 1)', async () => {
    await using target = await freshTarget();
    const [a, b] = (await target.claim(0, 1)) as [Claim, Claim];
    const parked = [
      {
        record: change({ id: 9, sequence: 9 }, { offset: '2' }).origin,
        stage: 'decode',
        rejection: new Rejection('invalid_json', 'not JSON'),
      },
    ] as const;
    const mark = { timestamp: '1700000000123', hash: Buffer.from('hash') };
    const group = [
      batchOf(
        a,
        0,
        [
          { id: 1, sequence: 1 },
          { id: 2, sequence: 2 },
        ],
        { parked, filtered: ['3'], mark },
      ),
      batchOf(b, 0, [{ id: 1, sequence: 3 }]),
      batchOf(a, 4, [{ id: 2, sequence: 4 }]),
    ];
    const written = await target.sink().write(0, group);
    expect(written).toEqual({
      committed: group,
      begun: [],
      held: new Map(),
      fenced: [],
      postponed: [],
      counts: { read: 6, applied: 2, superseded: 2, filtered: 1, parked: 1 },
    });
    expect(await target.rows(counts)).toEqual([
      { partition: 0, next: 5, read: 5, applied: 1, superseded: 2, filtered: 1, parked: 1 },
      { partition: 1, next: 1, read: 1, applied: 1, superseded: 0, filtered: 0, parked: 0 },
    ]);
    expect(await target.rows('select last_timestamp, last_hash from sluice.checkpoint where partition = 0')).toEqual([
      { last_timestamp: new Date(1700000000123), last_hash: Buffer.from('hash') },
    ]);
    expect(await target.rows('select id, source_major from users_enriched order by id')).toEqual([
      { id: '1', source_major: '3' },
      { id: '2', source_major: '4' },
    ]);
    expect(await target.rows('select "offset", code from sluice.dead_letter')).toEqual([
      { offset: '2', code: 'invalid_json' },
    ]);
  });

  test('advances the checkpoint for an empty batch, and keeps the last mark', async () => {
    await using target = await freshTarget();
    const claim = one(await target.claim(0));
    const sink = target.sink();
    await sink.write(0, [
      batchOf(claim, 0, [{ id: 1, sequence: 1 }], { mark: { timestamp: '5000', hash: Buffer.from('x') } }),
    ]);
    await sink.write(0, [batchOf(claim, 1, [], { to: 8n })]);
    expect(
      await target.rows('select next_offset, last_hash, last_timestamp from sluice.checkpoint where partition = 0'),
    ).toEqual([{ next_offset: '8', last_hash: Buffer.from('x'), last_timestamp: new Date(5000) }]);
  });

  test('stores every text unchanged', async () => {
    await using target = await freshTarget();
    const sink = target.sink();
    const claim = one(await target.claim(0));
    let from = 0;
    const nasty = fc.constantFrom(
      '\\N',
      '\\.',
      '\\',
      '\\\\N',
      '\t',
      '\n',
      '\r\n',
      '\\t',
      '😀',
      '\u{10ffff}',
      '',
      ' ',
      '\u0001\u007f',
      '\u2028',
      'NULL',
      '"',
      "'",
    );
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(nasty).map((parts) => parts.join('')),
    );
    const storable = texts.filter((text) => !text.includes('\0') && text.isWellFormed());
    await fc.assert(
      fc.asyncProperty(fc.array(storable, { minLength: 1, maxLength: 60 }), async (addresses) => {
        await target.client.query('truncate users_enriched');
        const said = addresses.map((address, i) => ({ id: i, sequence: 1, address }));
        await sink.write(0, [batchOf(claim, from, said)]);
        from += said.length;
        const rows = await target.rows('select address from users_enriched order by id');
        expect(rows.map((row) => row.address)).toEqual(addresses);
      }),
      { numRuns: 40 },
    );
  });

  test('stores every type of cell unchanged: 64-bit bounds, booleans, times, null and the empty text', async () => {
    await using target = await freshTarget();
    const claim = one(await target.claim(0));
    const bounds = ['-9223372036854775808', '9223372036854775807'];
    const cells = {
      first_name: '',
      is_valid_email_flag: false,
      created_at: '0001-01-01 00:00:00.000001',
      updated_at: 'infinity',
    };
    await target.sink().write(0, [
      batchOf(
        claim,
        0,
        bounds.map((id) => ({ id, sequence: id, ...cells })),
      ),
    ]);
    const rows = await target.rows(
      'select id, source_major, first_name, last_name, is_valid_email_flag, created_at::text, updated_at::text from users_enriched order by id',
    );
    expect(rows).toEqual(
      bounds.map((id) => ({
        id,
        source_major: id,
        first_name: '',
        last_name: null,
        is_valid_email_flag: false,
        created_at: '0001-01-01 00:00:00.000001',
        updated_at: 'infinity',
      })),
    );
  });
});

describePostgres('the guard', () => {
  test('lets the newest event of a key win in any order and grouping of events', async () => {
    await using target = await freshTarget();
    const sink = target.sink();
    const claim = one(await target.claim(0));
    let from = 0;
    const events = fc.array(
      fc.record({ id: fc.integer({ min: 1, max: 4 }), sequence: fc.integer({ min: 1, max: 9 }) }),
      { minLength: 1, maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(
        events,
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 30, maxLength: 30 }),
        async (said, sizes) => {
          await target.client.query('truncate users_enriched');
          const expected = new Map<number, { id: number; sequence: number; first_name: string }>();
          const named = said.map((event, i) => ({ ...event, first_name: `event ${i}` }));
          for (const event of named) {
            const stands = expected.get(event.id);
            if (!stands || stands.sequence < event.sequence) expected.set(event.id, event);
          }
          let applied = 0;
          let superseded = 0;
          let left: readonly ChangeCells[] = named;
          for (const size of sizes) {
            // Two batches in a transaction, so that the newest event may be in either.
            const batches: Batch<Change>[] = [];
            for (const part of [left.slice(0, size), left.slice(size, size + 2)]) {
              if (part.length === 0) continue;
              batches.push(batchOf(claim, from, part));
              from += part.length;
            }
            left = left.slice(size + 2);
            if (batches.length === 0) break;
            const written = await sink.write(0, batches);
            applied += written.counts.applied;
            superseded += written.counts.superseded;
          }
          const rows = await target.rows(
            'select id::int, source_major::int as sequence, first_name from users_enriched order by id',
          );
          expect(rows).toEqual([...expected.values()].sort((x, y) => x.id - y.id));
          expect(applied + superseded).toBe(said.length);
          expect(applied).toBeGreaterThanOrEqual(expected.size);
        },
      ),
      { numRuns: 40 },
    );
  });

  test.each([
    ['older', 4, 'first'],
    ['equal', 5, 'first'],
    ['newer', 6, 'second'],
  ])('compares an event at an %s position (%i after 5) and keeps the %s', async (_, sequence, winner) => {
    await using target = await freshTarget();
    const claim = one(await target.claim(0));
    const sink = target.sink();
    await sink.write(0, [batchOf(claim, 0, [{ id: 1, sequence: 5, first_name: 'first' }])]);
    const [before] = await target.rows('select migration_timestamp::text as at from users_enriched');
    const { counts: counted } = await sink.write(0, [batchOf(claim, 1, [{ id: 1, sequence, first_name: 'second' }])]);
    const [after] = await target.rows('select first_name, migration_timestamp::text as at from users_enriched');
    expect(after?.first_name).toBe(winner);
    const won = winner === 'second' ? 1 : 0;
    expect(counted).toMatchObject({ applied: won, superseded: 1 - won });
    expect(after?.at === before?.at).toBe(winner === 'first');
  });

  test('compares positions by generation, major and minor, exactly beyond 2^53 (rule 9)', async () => {
    await using target = await freshTarget();
    const claim = one(await target.claim(0));
    const sink = target.sink();
    const at = (generation: number, major: string, minor: string, first_name: string, offset: number) =>
      batchOf(claim, offset, [{ id: 1, generation, sequence: major, minor, first_name }]);
    const steps = [
      [0, '9007199254740993', '0', true],
      [0, '9007199254740992', '9', false],
      [0, '9007199254740993', '1', true],
      [1, '-5', '-5', true],
      [0, '9223372036854775807', '9223372036854775807', false],
      [1, '-5', '-4', true],
    ] as const;
    for (const [i, [generation, major, minor, wins]] of steps.entries()) {
      const { counts: counted } = await sink.write(0, [at(generation, major, minor, `${i}`, i)]);
      expect(counted.applied, `step ${i}`).toBe(wins ? 1 : 0);
    }
  });
});

describePostgres('the moving share of superseded records (rule 9)', () => {
  test('nears 1 over a thousand of them, falls while others are applied, and accepts any number', async () => {
    await using target = await freshTarget();
    const claim = one(await target.claim(0));
    const sink = target.sink();
    let from = 0;
    const write = async (sequence: number, count: number) => {
      const said = range(count).map((id) => ({ id, sequence }));
      await sink.write(0, [batchOf(claim, from, said)]);
      from += count;
      const [checkpoint] = await readCheckpoints(target.client, 'p');
      return checkpoint?.supersededShare ?? Number.NaN;
    };
    expect(await write(5, 1500)).toBe(0);
    expect(await write(4, 500)).toBeCloseTo(0.39, 2);
    expect(await write(4, 500)).toBeCloseTo(0.63, 2);
    expect(await write(5, 1500)).toBeCloseTo(0.92, 2);
    expect(await write(6, 1500)).toBeCloseTo(0.2, 1);
    for (const sequence of [7, 8, 9, 10]) await write(sequence, 20_000);
    expect(await write(11, 1)).toBe(0);
    // Without records it does not change.
    expect(await write(10, 1)).toBe(0.001);
    expect(await write(10, 0)).toBe(0.001);
  });
});

describePostgres('writing stays cheap (rule 17)', () => {
  test('a superseded event neither locks nor rewrites the row (rule 17)', async () => {
    await using target = await freshTarget();
    const [claim] = (await target.claim(0)) as [Claim];
    const sink = target.sink();
    await sink.write(0, [batchOf(claim, 0, [{ id: 1, sequence: 5 }])]);
    const version = 'select xmin::text, xmax::text, ctid::text from users_enriched';
    const before = await target.rows(version);
    expect(await sink.write(0, [batchOf(claim, 1, [{ id: 1, sequence: 4 }])])).toMatchObject({
      counts: { superseded: 1 },
    });
    // A refused ON CONFLICT would have set xmax.
    expect(await target.rows(version)).toEqual(before);
  });

  test.each(['soft', 'hard'] as const)('with --deletes %s updates no index', async (deletes) => {
    await using target = await freshTarget();
    const table = withDeletes(usersEnriched, deletes);
    await registerTarget(target.client, table, 'sequence');
    // Fires when a column is in SET, whether its value changes or not.
    await target.client.query(
      `create function refuse() returns trigger language plpgsql as $$ begin raise 'key in SET'; end $$;
       create trigger key_in_set before update of id on users_enriched for each row execute function refuse()`,
    );
    const sink = sinkOf(target.database, oneTable(table));
    const [claim] = (await target.claim(0)) as [Claim];
    const staged = `select oid::text, relname from pg_class where relname like 'incoming%' and relpersistence = 't' order by 2`;
    const made = [];
    for (const round of range(4)) {
      const { counts: counted } = await sink.write(0, [batchOf(claim, round, [{ id: 1, sequence: round }])]);
      expect(counted.applied).toBe(1);
      made.push(JSON.stringify(await target.rows(staged)));
    }
    expect(new Set(made).size).toBe(1);
    expect(made[0]).toContain('incoming');
    const written = ['users_enriched', ...(deletes === 'hard' ? ['row_guard_users_enriched'] : [])];
    const options = 'select reloptions from pg_class where relname = any ($1)';
    for (const { reloptions } of await target.rows(options, [written])) expect(reloptions).toContain('fillfactor=85');
    // No index holds a column that changes with every event; the guards' second one holds deleted keys only.
    const indexed = `select i.indrelid::regclass::text as table, array_agg(a.attname::text order by a.attnum) as columns,
        pg_get_expr(i.indpred, i.indrelid) as predicate
      from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
      join pg_class c on c.oid = i.indrelid where c.relname = any ($1) group by i.indexrelid, 1, 3 order by 1 desc, 3 nulls first`;
    const of = (name: string) => ({ table: name, columns: ['id'], predicate: null });
    const expiring = ['sluice_topic', 'sluice_partition', 'sluice_offset'];
    const guards = 'sluice.row_guard_users_enriched';
    expect(await target.rows(indexed, [written])).toEqual([
      of('users_enriched'),
      ...(deletes === 'hard' ? [of(guards), { table: guards, columns: expiring, predicate: 'sluice_deleted' }] : []),
    ]);
    await sink.close();
  });
});

describePostgres('a row the database refuses', () => {
  test('is parked without its neighbours: 3 of 5,000 rows take at most 100 statements', async () => {
    await using target = await freshTarget();
    await target.client.query(`alter table users_enriched add constraint no_nemo check (city <> 'Nemo')`);
    const [a, b] = (await target.claim(0, 1)) as [Claim, Claim];
    const bad = new Set([7, 2500, 4999]);
    const said = range(5000).map((id) => ({ id, sequence: 1, city: bad.has(id) ? 'Nemo' : 'Rome' }));
    const group = [batchOf(a, 0, said.slice(0, 2500)), batchOf(b, 0, said.slice(2500))];
    const sink = target.sink();
    const queries = vi.spyOn(pg.Client.prototype, 'query');
    const written = await sink.write(0, group);
    const statements = queries.mock.calls.length;
    queries.mockRestore();
    expect(written.counts).toEqual({ read: 5000, applied: 4997, superseded: 0, filtered: 0, parked: 3 });
    expect(
      await target.rows('select partition, "offset"::int, stage, code from sluice.dead_letter order by 1, 2'),
    ).toEqual([
      { partition: 0, offset: 7, stage: 'write', code: 'refused_by_database' },
      { partition: 1, offset: 0, stage: 'write', code: 'refused_by_database' },
      { partition: 1, offset: 2499, stage: 'write', code: 'refused_by_database' },
    ]);
    const [letter] = await target.rows('select reason from sluice.dead_letter');
    expect(letter?.reason).toMatch(/no_nemo.*23514/);
    expect(await target.rows('select count(*)::int from users_enriched')).toEqual([{ count: 4997 }]);
    expect(await target.rows(counts)).toEqual([
      { partition: 0, next: 2500, read: 2500, applied: 2499, superseded: 0, filtered: 0, parked: 1 },
      { partition: 1, next: 2500, read: 2500, applied: 2498, superseded: 0, filtered: 0, parked: 2 },
    ]);
    expect(statements).toBeLessThanOrEqual(100);
  });

  test('is replaced by the next older event of its key (rule 3)', async () => {
    await using target = await freshTarget();
    await target.client.query(`alter table users_enriched add constraint no_nemo check (city <> 'Nemo')`);
    const claim = one(await target.claim(0));
    const said = [
      { id: 1, sequence: 1, city: 'Oslo' },
      { id: 1, sequence: 3, city: 'Nemo' },
      { id: 1, sequence: 2, city: 'Rome' },
    ];
    const { counts: counted } = await target.sink().write(0, [batchOf(claim, 0, said)]);
    expect(await target.rows('select city, source_major::int as at from users_enriched')).toEqual([
      { city: 'Rome', at: 2 },
    ]);
    expect(counted.parked).toBe(1);
    expect(counted.applied + counted.superseded).toBe(2);
  });

  test('is found among many others at any place in the group', async () => {
    await using target = await freshTarget();
    await target.client.query(`alter table users_enriched add constraint no_nemo check (city <> 'Nemo')`);
    const claim = one(await target.claim(0));
    const sink = target.sink();
    let from = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }), async (good) => {
        await target.client.query('truncate users_enriched, sluice.dead_letter');
        const said = good.map((fine, id) => ({ id, sequence: 1, city: fine ? 'Rome' : 'Nemo' }));
        await sink.write(0, [batchOf(claim, from, said)]);
        const [{ landed } = {}] = await target.rows(
          `select coalesce(array_agg(id::int order by id), '{}') as landed from users_enriched`,
        );
        const [{ parked } = {}] = await target.rows(
          `select coalesce(array_agg(("offset" - $1)::int order by 1), '{}') as parked from sluice.dead_letter`,
          [from],
        );
        from += said.length;
        const where = (wanted: boolean) => good.flatMap((fine, i) => (fine === wanted ? [i] : []));
        expect({ landed, parked }).toEqual({ landed: where(true), parked: where(false) });
      }),
      { numRuns: 30 },
    );
  });

  test('is not parked if a trigger or a table changed by hand is at fault: the pipeline stops', async () => {
    await using target = await freshTarget();
    await target.client.query('alter table users_enriched alter column source_minor type text');
    const claim = one(await target.claim(0));
    const failed = target.sink().write(0, [batchOf(claim, 0, [{ id: 1, sequence: 1 }])]);
    await expect(failed).rejects.toSatisfy((error) => diagnose(error).reaction === 'stop');
    expect(await target.rows('select count(*)::int from sluice.dead_letter')).toEqual([{ count: 0 }]);
  });
});

describePostgres('ownership', () => {
  test('a partition of another owner is fenced, and the rest of the group is written', async () => {
    await using target = await freshTarget();
    const [a, b] = (await target.claim(0, 1)) as [Claim, Claim];
    await target.claim(0);
    const group = [
      batchOf(a, 0, [{ id: 1, sequence: 1 }]),
      batchOf(b, 0, [{ id: 2, sequence: 1 }]),
      batchOf(a, 1, [{ id: 3, sequence: 1 }]),
    ];
    const written = await target.sink().write(0, group);
    expect(written.fenced).toEqual([group[0], group[2]]);
    expect(written.committed).toEqual([group[1]]);
    expect(written.counts).toEqual({ read: 1, applied: 1, superseded: 0, filtered: 0, parked: 0 });
    expect(await target.rows('select id::int from users_enriched')).toEqual([{ id: 2 }]);
    expect(await target.rows(counts)).toEqual([
      { partition: 1, next: 1, read: 1, applied: 1, superseded: 0, filtered: 0, parked: 0 },
    ]);
  });

  test('a batch that does not begin at the checkpoint is fenced', async () => {
    await using target = await freshTarget();
    const claim = one(await target.claim(0));
    const batch = batchOf(claim, 3, [{ id: 1, sequence: 1 }]);
    expect(await target.sink().write(0, [batch])).toMatchObject({ fenced: [batch], committed: [] });
    expect(await target.rows('select count(*)::int from users_enriched')).toEqual([{ count: 0 }]);
  });

  test('dead letters of a fenced writer are not stored', async () => {
    await using target = await freshTarget();
    const claim = one(await target.claim(0));
    await target.claim(0);
    const parked = [
      { record: change({ id: 1, sequence: 1 }).origin, stage: 'decode', rejection: new Rejection('invalid_json', 'x') },
    ] as const;
    await target.sink().write(0, [batchOf(claim, 0, [], { parked })]);
    expect(await target.rows('select count(*)::int from sluice.dead_letter')).toEqual([{ count: 0 }]);
  });

  test('a claim waits for the running transaction of the former owner and continues after it', async () => {
    await using target = await freshTarget();
    await target.client.query(
      `insert into users_enriched (id, source_generation, source_major, source_minor) values (1, 0, 0, 0)`,
    );
    const former = one(await target.claim(0));
    // The row is locked, so the former owner's transaction waits before its checkpoint.
    await target.client.query('begin; update sluice.checkpoint set topic = topic where partition = 0');
    const writing = target.sink().write(0, [batchOf(former, 0, [{ id: 1, sequence: 1 }])]);
    await waitsForLock(target, 1);
    const claiming = target.claim(0);
    await waitsForLock(target, 2);
    await target.client.query('commit');
    const [written, [claim]] = await Promise.all([writing, claiming]);
    const [{ next_offset, owner_epoch } = {}] = await target.rows(
      'select next_offset, owner_epoch from sluice.checkpoint where partition = 0',
    );
    expect(BigInt(String(owner_epoch))).toBe(claim?.epoch);
    // In either order, committed batches are durable, and fenced ones are not.
    expect(next_offset).toBe(written.committed.length === 1 ? '1' : '0');
  });
});

describePostgres('an outage', () => {
  test('of an idle session causes at most one error, and doubles nothing', async () => {
    await using target = await freshTarget();
    const claim = one(await target.claim(0));
    const sink = target.sink();
    await sink.write(0, [batchOf(claim, 0, [{ id: 1, sequence: 1 }])]);
    await endSinkSessions(target);
    const group = [batchOf(claim, 1, [{ id: 1, sequence: 2 }])];
    await writeAgainAfterRetryable(() => sink.write(0, group));
    expect(await target.rows(counts)).toEqual([
      { partition: 0, next: 2, read: 2, applied: 2, superseded: 0, filtered: 0, parked: 0 },
    ]);
  });

  test('in the middle of the merge is retriable, and the second attempt succeeds', async () => {
    await using target = await freshTarget();
    const claim = one(await target.claim(0));
    const sink = target.sink();
    await sink.write(0, [batchOf(claim, 0, [{ id: 1, sequence: 1 }])]);
    await target.client.query('begin; update users_enriched set city = city where id = 1');
    const group = [
      batchOf(claim, 1, [
        { id: 1, sequence: 2 },
        { id: 2, sequence: 3 },
      ]),
    ];
    const failed = sink.write(0, group).then(() => undefined, diagnose);
    await waitsForLock(target, 1);
    await endSinkSessions(target);
    expect(await failed).toMatchObject({ reaction: 'retry' });
    await target.client.query('commit');
    expect(await sink.write(0, group)).toMatchObject({ committed: group, counts: { applied: 2 } });
    expect(await target.rows(counts)).toEqual([
      { partition: 0, next: 3, read: 3, applied: 3, superseded: 0, filtered: 0, parked: 0 },
    ]);
  });

  test('in the middle of COPY is retriable', async () => {
    await using target = await freshTarget();
    const claim = one(await target.claim(0));
    const sink = target.sink();
    await sink.write(0, [batchOf(claim, 0, [{ id: 1, sequence: 1 }])]);
    const group = [
      batchOf(
        claim,
        1,
        range(200_000).map((id) => ({ id, sequence: 2, address: 'x'.repeat(200) })),
      ),
    ];
    const outcome = sink.write(0, group).then(() => undefined, diagnose);
    // The server itself ends the session, because COPY may be over before another client could.
    await target.client.query(`do $$ begin
      for attempt in 1..4000 loop
        perform pg_stat_clear_snapshot();
        perform pg_terminate_backend(pid) from pg_stat_activity
          where query ilike 'copy incoming%' and state = 'active' and datname = current_database();
        if found then return; end if;
        perform pg_sleep(0.005);
      end loop;
      raise 'no COPY was seen';
    end $$`);
    expect(await outcome).toMatchObject({ reaction: 'retry' });
    expect(await target.rows(counts)).toEqual([
      { partition: 0, next: 1, read: 1, applied: 1, superseded: 0, filtered: 0, parked: 0 },
    ]);
  });
});

/** Waits until sessions wait for locks. Also works in a transaction, which would otherwise keep its first statistics. */
const waitsForLock = (target: Target, count: number): Promise<void> =>
  until(async () => {
    await target.client.query('select pg_stat_clear_snapshot()');
    const waiting = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
    return (await target.rows(waiting)).length >= count;
  }, `${count} sessions wait for a lock`);

const endSinkSessions = (target: Target) =>
  target.rows(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'sluice/p/lane%' and datname = current_database()`,
  );

async function writeAgainAfterRetryable(write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    expect(diagnose(error).reaction).toBe('retry');
    await write();
  }
}
