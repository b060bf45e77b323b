/** Proves that guard rows of a replica's deleted keys expire, and how later events of these keys are treated. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { withConnection } from '../../engines/postgres/connection/connection.ts';
import { postgresEngine } from '../../engines/postgres/engine.ts';
import { silent } from '../../test/batches.ts';
import { bootstrap, describeServers, freshDatabase, freshTopic, kafkaClient } from '../../test/context.ts';
import { databaseOf } from '../../test/database-of.ts';
import { sluice, until } from '../../test/sluice.ts';
import { deleteUpTo } from '../../test/source-worker.ts';
import { GuardExpiry } from './guard-expiry.ts';

describeServers('guards of deleted keys of a replica', () => {
  test('expire when the deleting event has left the topic; then older events are parked, rows of a new snapshot are not (rule 12)', async () => {
    await using target = await freshDatabase('expiry');
    const database = databaseOf(target.url);
    const run = randomUUID().slice(0, 8);
    await using topic = await freshTopic(1, 'cdc', bootstrap(), `.${run}.t`);
    const query = (sql: string) => withConnection(database, 'test', async (client) => (await client.query(sql)).rows);
    await query(`create schema "${run}"; create table "${run}".t (id bigint primary key)`);
    const guard = `sluice."row_guard_${run}.t"`;

    const kafka = kafkaClient();
    const [producer, admin] = [kafka.producer(), kafka.admin()];
    await Promise.all([producer.connect(), admin.connect()]);
    try {
      const replicate = async (...events: readonly (readonly [op: string, lsn: number, id: number])[]) => {
        const messages = events.map(([op, lsn, id]) => {
          const snapshot = op === 'r' ? 'incremental' : 'false';
          const sequence = JSON.stringify([op === 'r' ? null : String(lsn - 1), String(lsn)]);
          const source = { schema: run, table: 't', lsn, sequence, snapshot, ts_ms: 1 };
          const [before, after] = op === 'd' ? [{ id }, null] : [null, { id }];
          return { key: JSON.stringify({ id }), value: JSON.stringify({ before, after, source, op, ts_ms: 1 }) };
        });
        await producer.send({ topic: topic.name, messages });
        const args = ['replicate', '--until-caught-up', '--topics', `\\.${run}\\.t$`, '--group-id', run];
        const env = { KAFKA_BOOTSTRAP_SERVERS: bootstrap(), TARGET_URL: target.url };
        return (await sluice(args, { env })).code;
      };
      expect(await replicate(['c', 10, 1], ['c', 20, 2], ['d', 30, 1], ['c', 40, 3])).toBe(0);
      await query(`update ${guard} set sluice_deleted_at = sluice_deleted_at - interval '2 hours'`);
      await deleteUpTo(topic.name, 4);

      const { guards } = postgresEngine(database, { logger: silent });
      const expiry = new GuardExpiry({ guards, pipeline: run, logger: silent, firstDelayMs: 0 });
      const left = () => query(`select sluice_minor::integer as at from ${guard} order by 1`);
      const gone = async () => (await left()).length === 2;
      await expiry.during(
        admin,
        async () => [topic.name],
        () => until(gone, 'the guard of the deleted key expires'),
      );
      expect(await left()).toEqual([{ at: 41 }, { at: 81 }]);

      expect(await replicate(['r', 50, 1], ['r', 50, 7], ['c', 60, 8])).toBe(0);
      expect(await query(`select id::integer from "${run}".t order by 1`)).toEqual([
        { id: 1 },
        { id: 2 },
        { id: 3 },
        { id: 7 },
        { id: 8 },
      ]);
      expect(await query('select "offset"::integer, code from sluice.dead_letter')).toEqual([]);
      expect(await replicate(['u', 25, 5])).toBe(3);
      expect(await query('select "offset"::integer, code from sluice.dead_letter')).toEqual([
        { offset: 7, code: 'older_than_horizon' },
      ]);
    } finally {
      await Promise.all([producer.disconnect(), admin.disconnect()]);
    }
  });
});
