/** Proves that an engine can be added without a change to the pipeline, the sink or another engine. */
import { engineContract } from './contract.ts';
import { MemoryDatabase, memoryEngine } from './memory-engine.ts';
import { memoryRows } from './memory-rows.ts';

engineContract('a database in memory', async () => {
  const database = new MemoryDatabase();
  return {
    engine: memoryEngine(database),
    rows: () => memoryRows,
    read: async () =>
      [...database.state.rows.values()]
        .map(({ id = null, name = null, note = null }) => [id, name, note])
        .sort((a, b) => Number(a[0]) - Number(b[0])),
    checkpoints: async () =>
      [...database.state.checkpoints.values()]
        .filter(({ nextOffset }) => nextOffset > 0n)
        .map(({ partition, nextOffset, counts, held }) => ({
          partition,
          next: Number(nextOffset),
          ...counts,
          held: held !== null,
        })),
    deadLetters: async () => [...database.state.letters.values()].map(({ offset, code }) => [offset, code]),
    [Symbol.asyncDispose]: async () => {},
  };
});
