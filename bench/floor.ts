/** The floor: the rate that PostgreSQL reaches over two connections with the same COPY and merge and no other work. */

import { oneTable } from '../engines/postgres/apply/one-table.ts';
import { refusalOf } from '../engines/postgres/apply/refusal.ts';
import { copyIncoming, copyText } from '../engines/postgres/apply/sql/incoming.ts';
import { mergeStatement } from '../engines/postgres/apply/sql/merge.ts';
import { stagedMerge } from '../engines/postgres/apply/staged-merge.ts';
import { type Database, withConnection } from '../engines/postgres/connection/connection.ts';
import { LaneSession } from '../engines/postgres/connection/lane-session.ts';
import { copyInto } from '../engines/postgres/load/copy.ts';
import { migrate } from '../engines/postgres/schema/migrate.ts';
import { mergeGroup } from '../engines/sink/merge-group.ts';
import type { Batch } from '../pipeline/batch.ts';
import type { Change } from '../pipeline/change.ts';
import { usersEnriched } from '../schemas/users-enriched.ts';

/** Number of connections that write concurrently. */
export const connections = 2;

/** A prepared transaction of the floor: COPY text of its rows, and the number of events behind them. */
export type Prepared = {
  readonly connection: number;
  readonly text: readonly Buffer[];
  readonly rows: number;
  readonly events: number;
};

/** Prepares a batch, so that only the writing is measured. */
export const prepare = (batch: Batch<Change>): Prepared => ({
  connection: batch.claim.partition,
  text: [...copyText([batch], usersEnriched)],
  rows: batch.records.length,
  events: batch.read,
});

/** Connections that write. */
export type Floor = {
  /** Resolves when the rows are durable. Calls for one connection must not overlap. */
  readonly write: (prepared: Prepared) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Migrates the database to the current schema and connects. */
export async function openFloor(database: Database): Promise<Floor> {
  await withConnection(database, 'floor/setup', migrate);
  const merge = mergeStatement(usersEnriched);
  const sessions = Array.from(
    { length: connections },
    (_, i) => new LaneSession(database, `floor/${i}`, oneTable(usersEnriched).open),
  );
  await Promise.all(sessions.map((session) => session.session()));
  return {
    close: async () => void (await Promise.all(sessions.map((session) => session.close()))),
    write: async ({ connection, text, rows }) => {
      await sessions[connection]?.transaction(async (client) => {
        await copyInto(client, copyIncoming, text);
        return await mergeGroup(stagedMerge(client, { count: rows, merge }), refusalOf);
      });
    },
  };
}
