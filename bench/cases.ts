/** The cases that are measured in turn within a round: layers, alone or in a group of processes. */
import type { BenchOptions } from './options.ts';
import type { FloorOrder, Layer, LayerOrder } from './protocol.ts';
import { type Measured, runToTheEnd } from './run.ts';
import { inFreshDatabase, type Servers } from './servers.ts';

/** A layer, run by one process or several. */
export type Case = { readonly layer: Layer; readonly processes: number };

/** The name of a case in tables. */
export const caseName = ({ layer, processes }: Case): string =>
  processes === 1 ? names[layer] : `${names[layer]}, ${processes} processes`;

const names: Readonly<Record<Layer, string>> = {
  floor: 'floor, two connections',
  consume: 'consume only',
  decode: '+ decode',
  enrich: '+ enrich, no sink',
  whole: 'whole pipeline',
};

/** The chosen layers, and those that scale a second time as a group. */
export function casesOf({ layers, parallelism }: Pick<BenchOptions, 'layers' | 'parallelism'>): readonly Case[] {
  const alone = layers.map((layer) => ({ layer, processes: 1 }));
  if (parallelism === 1) return alone;
  const shared = layers.filter((layer) => layer === 'enrich' || layer === 'whole');
  return [...alone, ...shared.map((layer) => ({ layer, processes: parallelism }))];
}

/** The environment of a case. */
export type Bench = {
  readonly servers: Servers;
  /** Folder of the revision whose code runs. */
  readonly root: string;
  /** The topic with the events. */
  readonly topic: string;
  readonly events: number;
  /** Number of first events that do not count. */
  readonly before?: number;
  readonly lanes: number;
};

/** Measures a case once, in a database of its own. */
export function measureCase({ layer, processes }: Case, bench: Bench): Promise<Measured> {
  const { servers, root, topic, events, before = 0, lanes } = bench;
  return inFreshDatabase(servers.url, (database) => {
    if (layer === 'floor') {
      const order: FloorOrder = { database, events, before };
      return runToTheEnd({ root, file: 'floor-process.ts', order, servers }, events);
    }
    const groupId = `bench-${process.hrtime.bigint()}`;
    const order: LayerOrder = { layer, brokers: servers.brokers, database, topic, groupId, lanes, warmUp: null };
    return runToTheEnd({ root, file: 'layer-process.ts', order, processes, servers }, events, before);
  });
}
