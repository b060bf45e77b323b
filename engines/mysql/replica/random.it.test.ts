/**
 * Random histories of two tables, written in random groups by two lanes and partly twice, end as the source did. The rows are
 * compared with a model that applies the events one by one.
 */
import { expect, test } from 'vitest';
import { type Event, hole, moved, type Row } from '../../../test/engines/replica-scene.ts';
import { seededRandom } from '../../../test/faults/seeded-random.ts';
import { describeMariadb } from '../../../test/mariadb.ts';
import { mysqlScene } from '../../../test/mysql-scene.ts';

type Stored = { readonly id: number; readonly a: string; readonly b: string };

const events = 400;
const keys = 12;

/** A history of the rows whose key has this remainder, so that keys never leave their partition, and what is left of them. */
function history(
  random: () => number,
  remainder: number,
): { readonly list: Event[]; readonly rows: Map<number, Stored> } {
  const rows = new Map<number, Stored>();
  const list: Event[] = [];
  const pick = (most: number) => Math.floor(random() * most);
  const key = () => pick(keys) * 2 + remainder;
  const values = new Set<string>();
  const unique = () => {
    const free = Array.from({ length: keys * 2 }, (_, n) => `${remainder}/${n}`).filter((one) => !values.has(one));
    return free[pick(free.length)] ?? '';
  };
  const put = (row: Stored) => {
    const before = rows.get(row.id);
    if (before) values.delete(before.a);
    rows.set(row.id, row);
    values.add(row.a);
  };
  const take = (id: number) => {
    values.delete(rows.get(id)?.a ?? '');
    rows.delete(id);
  };
  for (let lsn = 1; list.length < events; lsn += 1) {
    const id = key();
    const before = rows.get(id);
    const what = random();
    const after: Row & Stored = { id, a: random() < 0.5 && before ? before.a : unique(), b: `b${lsn}` };
    if (!before) {
      put(after);
      list.push({ op: 'c', lsn, key: { id }, after });
    } else if (what < 0.15) {
      take(id);
      list.push({ op: 'd', lsn, key: { id }, before: { id } });
    } else if (what < 0.3) {
      const to = key();
      if (rows.has(to)) continue;
      take(id);
      put({ id: to, a: after.a, b: before.b });
      list.push(...moved(lsn, id, { id: to, a: after.a, b: hole }));
    } else {
      const isPartial = random() < 0.5;
      put(isPartial ? { ...after, b: before.b } : after);
      list.push({ op: 'u', lsn, key: { id }, after: isPartial ? { ...after, b: hole } : after });
    }
  }
  return { list, rows };
}

/** Retries after a deadlock, as the pipeline does: lanes may lock neighbours in a unique index. */
async function withRetries<T>(write: () => Promise<T>): Promise<T> {
  for (let times = 0; ; times += 1) {
    try {
      return await write();
    } catch (error) {
      if ((error as { errno?: number }).errno !== 1213 || times === 20) throw error;
    }
  }
}

describeMariadb('random histories in MariaDB', () => {
  test.each([[1], [2], [3]])('end as the source did, with seed %i', async (seed) => {
    const { random } = seededRandom(seed);
    await using it = await mysqlScene('create table t (id int primary key, a varchar(9) unique, b text)', {
      partitions: 4,
    });
    const histories = [history(random, 0), history(random, 1)];
    await Promise.all(
      histories.map(async ({ list }, partition) => {
        for (let at = 0; at < list.length; ) {
          const size = 1 + Math.floor(random() * 60);
          // Some events are written twice, as after a lost answer.
          const from = Math.max(0, at - Math.floor(random() * 10));
          const batch = await it.batch(list.slice(from, at + size), partition);
          const { postponed, counts } = await withRetries(() => it.writeBatch(batch, partition));
          expect({ postponed, parked: counts.parked }).toEqual({ postponed: [], parked: 0 });
          at += size;
        }
      }),
    );
    const expected = histories
      .flatMap(({ rows }) => [...rows.values()])
      .sort((a, b) => a.id - b.id)
      .map(({ id, a, b }) => [String(id), a, b]);
    expect(await it.rows('select id, a, b from t order by id')).toEqual(expected);
    expect(await it.letters()).toEqual([]);
    expect(await it.rows(`select sum(\`read\` - applied - superseded) from checkpoint`)).toEqual([['0']]);
  });
});
