/** The floor: what PostgreSQL takes from two connections when nothing else is done, by the same COPY and merge. */

import { type Database, withConnection } from '../adapters/postgres/connection.ts';
import { copyInto } from '../adapters/postgres/copy.ts';
import { LaneSession } from '../adapters/postgres/lane-session.ts';
import { mergeGroup } from '../adapters/postgres/merge-group.ts';
import { migrate } from '../adapters/postgres/migrate.ts';
import { oneTable } from '../adapters/postgres/one-table.ts';
import { copyIncoming, copyText } from '../adapters/postgres/sql/incoming.ts';
import { mergeStatement } from '../adapters/postgres/sql/merge.ts';
import type { Batch } from '../pipeline/batch.ts';
import type { Change } from '../pipeline/change.ts';
import { usersEnriched } from '../schemas/users-enriched.ts';

const connections = 2;

/** A transaction as the floor writes it: COPY text of so many rows, which stand for so many events. */
export type Prepared = { readonly text: readonly Buffer[]; readonly rows: number; readonly events: number };

/** Makes a batch ready, so that writing it costs nothing but writing. */
export const prepare = (batch: Batch<Change>): Prepared => ({
  text: [...copyText([batch], usersEnriched)],
  rows: batch.records.length,
  events: batch.read,
});

/** Writes transactions over the two connections. */
export type Floor = {
  /** Resolves when all are durable; `onDurable` is told of each, with its connection and its milliseconds. */
  readonly write: (
    all: AsyncIterable<Prepared> | Iterable<Prepared>,
    onDurable?: (connection: number, events: number, took: number) => void,
  ) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Brings the database to the present schema and connects. */
export async function openFloor(database: Database): Promise<Floor> {
  await withConnection(database, 'floor/setup', migrate);
  const merge = mergeStatement(usersEnriched);
  const sessions = Array.from(
    { length: connections },
    (_, i) => new LaneSession(database, `floor/${i}`, oneTable(usersEnriched).open),
  );
  await Promise.all(sessions.map((session) => session.client()));
  return {
    close: async () => void (await Promise.all(sessions.map((session) => session.close()))),
    write: async (all, onDurable) => {
      const waiting = inTurn(all);
      const keepWriting = async (session: LaneSession, connection: number) => {
        for await (const { text, rows, events } of waiting()) {
          const begun = performance.now();
          await session.transaction(async (client) => {
            await copyInto(client, copyIncoming, text);
            return await mergeGroup(client, merge, rows);
          });
          onDurable?.(connection, events, performance.now() - begun);
        }
      };
      await Promise.all(sessions.map(keepWriting));
    },
  };
}

/** Several loops over the same elements, each of which goes to whoever asks first. */
function inTurn<T>(all: AsyncIterable<T> | Iterable<T>): () => AsyncGenerator<T> {
  const iterator = Symbol.asyncIterator in all ? all[Symbol.asyncIterator]() : all[Symbol.iterator]();
  return async function* () {
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  };
}
