/** Proves that deferred constraints refuse single rows, not whole transactions (rules 19 and 22). */
import { expect, test } from 'vitest';
import type { Claim } from '../../../pipeline/batch.ts';
import { describePostgres } from '../../../test/context.ts';
import { batchOf, freshTarget } from '../../../test/target.ts';

describePostgres('a constraint that is deferred to the end of the transaction', () => {
  test('parks only the rows that it refuses, and their neighbours are applied', async () => {
    await using target = await freshTarget();
    await target.client.query(
      `create table cities (name varchar(100) primary key);
       insert into cities values ('Oslo');
       alter table users_enriched add constraint known_city foreign key (city) references cities
         deferrable initially deferred`,
    );
    const [claim] = (await target.claim(0)) as [Claim];
    const said = Array.from({ length: 100 }, (_, index) => ({
      id: index,
      sequence: index,
      city: index === 7 || index === 93 ? 'Atlantis' : 'Oslo',
    }));
    const written = await target.sink().write(0, [batchOf(claim, 0, said)]);
    expect(written).toMatchObject({ counts: { read: 100, applied: 98, superseded: 0, parked: 2 } });
    expect(written.committed[0]?.parked.map(({ record }) => record.offset)).toEqual(['7', '93']);
    expect(await target.rows(`select "offset"::int, code, stage from sluice.dead_letter order by 1`)).toEqual([
      { offset: 7, code: 'refused_by_database', stage: 'write' },
      { offset: 93, code: 'refused_by_database', stage: 'write' },
    ]);
    expect(await target.rows('select count(*)::int as rows from users_enriched')).toEqual([{ rows: 98 }]);
  });
});
