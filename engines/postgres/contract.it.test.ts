/** Proves that the PostgreSQL engine keeps the engine contract. */

import { silent } from '../../test/batches.ts';
import { describePostgres } from '../../test/context.ts';
import { engineContract } from '../../test/engines/contract.ts';
import { freshTarget } from '../../test/target.ts';
import { postgresEngine } from './engine.ts';
import { ReplicaRows } from './replica/replica-rows.ts';
import { Targets } from './replica/tables/targets.ts';

describePostgres('PostgreSQL', () => {
  engineContract('PostgreSQL', async () => {
    const target = await freshTarget();
    await target.client.query('create table t (id integer primary key, name varchar(10) unique, note text)');
    return {
      engine: postgresEngine(target.database, { logger: silent }),
      rows: () => {
        const targets = new Targets({ isWanted: () => true, clusterId: 'c', logger: silent });
        return new ReplicaRows({ pipeline: 'p', targets, logger: silent, afterResnapshot: 'keep' });
      },
      read: async () =>
        (await target.rows('select id::text, name, note from t order by t.id')).map(
          ({ id, name, note }) => [id, name, note] as (string | null)[],
        ),
      checkpoints: () =>
        target.rows(
          `select partition, next_offset::integer as next, read::integer, applied::integer, superseded::integer,
             filtered::integer, parked::integer, held_offset is not null as held
           from sluice.checkpoint where next_offset > 0 order by partition`,
        ),
      deadLetters: async () =>
        (await target.rows('select "offset"::text, code from sluice.dead_letter order by dead_letter."offset"')).map(
          ({ offset, code }) => [offset, code] as [string, string],
        ),
      [Symbol.asyncDispose]: () => target[Symbol.asyncDispose](),
    };
  });
});
