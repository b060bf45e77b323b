/** The verbs of the command. A command loads only its own verb, which takes a third of the time for all. */
import { completion } from '../completion.ts';
import type { Entry } from './program.ts';

/** Loaders of all visible entries, in the order of the help. */
const loaders: { readonly [word: string]: () => Promise<Entry> } = {
  demo: async () => (await import('../demo.ts')).demo,
  stack: async () => (await import('../stack.ts')).stack,
  run: async () => (await import('../run.ts')).run,
  backfill: async () => (await import('../backfill.ts')).backfill,
  simulate: async () => (await import('../simulate.ts')).simulate,
  status: async () => (await import('../status.ts')).status,
  reset: async () => (await import('../reset.ts')).reset,
  pipelines: async () => (await import('../pipelines.ts')).pipelines,
  connector: async () => (await import('../connector.ts')).connector,
  load: async () => (await import('../load.ts')).load,
  replicate: async () => (await import('../replicate.ts')).replicate,
  sql: async () => (await import('../sql.ts')).sql,
  schema: async () => (await import('../schema.ts')).schema,
  config: async () => (await import('../config.ts')).config,
  doctor: async () => (await import('../doctor.ts')).doctor,
  enrich: async () => (await import('../enrich.ts')).enrich,
};

/** Loads every entry except hidden ones. */
export async function allEntries(): Promise<readonly Entry[]> {
  const words = await Promise.all(Object.values(loaders).map((load) => load()));
  return [...words, completion(words)];
}

/** Loads the entries for a command line that begins with `word`: none for the version, all for an unknown word. */
export async function entriesFor(word: string | undefined): Promise<readonly Entry[]> {
  if (word === '--version' || word === '-V') return [];
  if (word === 'worker') return [(await import('../worker.ts')).worker];
  const load = word !== undefined && Object.hasOwn(loaders, word) ? loaders[word] : undefined;
  return load === undefined ? allEntries() : [await load()];
}
