/** The side of a measured process: it takes its order, tells of every transaction, and stops when told to. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaSource } from '../adapters/kafka/source.ts';
import type { WriteStep } from '../engines/postgres/apply/sink.ts';
import type { Batch } from '../pipeline/batch.ts';
import type { FromRecord } from '../pipeline/change.ts';
import { EventStream } from '../pipeline/events.ts';
import type { Committed } from '../pipeline/stages/acknowledge.ts';
import type { Pipeline } from '../services/enrich/pipeline.ts';
import { logEvents } from '../services/event-log.ts';
import type { ServiceEvents } from '../services/events.ts';
import { createLogger } from '../services/logger.ts';
import { LatencyCounts } from './latency-counts.ts';
import type { Command, Message, Part, Report } from './protocol.ts';
import { now } from './sampler.ts';

/** Milliseconds that reports are gathered before they are told. */
const gathering = 50;

/** The order of this process. */
export const orderOf = <O>(): O => JSON.parse(process.env.BENCH ?? '{}');

/** The database of a URL, as the pipelines want it. */
export function databaseOf(url: string) {
  const { hostname: host, port, username: user, password, pathname } = new URL(url);
  return { host, port: Number(port), user, password: decodeURIComponent(password), database: pathname.slice(1) };
}

/** Tells what becomes durable. */
export class Reporter {
  readonly #latencies: LatencyCounts | null;
  readonly #stop = new AbortController();
  readonly #begun = new Map<number, number>();
  #gathered: Report[] = [];
  /** The events of the measured pipeline. Warnings are logged. */
  readonly events: ServiceEvents = new EventStream();

  /** @param warmUp milliseconds from the first record's timestamp on in which latencies do not count; null: none do */
  constructor(warmUp: number | null = null) {
    this.#latencies = warmUp === null ? null : new LatencyCounts(warmUp);
    this.events.subscribe(logEvents(createLogger({ level: 'warn', format: 'pretty' })));
    this.events.subscribe((event) => event.type === 'committed' && this.#committed(event));
    process.on('message', ({ event }: Command) => event === 'stop' && this.#stop.abort());
    // Nobody is left to tell.
    process.once('disconnect', () => this.#stop.abort());
  }

  /** Aborts when enough has been measured. */
  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  /** Resolves when `stop` aborts. */
  async stopped(): Promise<void> {
    if (!this.stop.aborted) await once(this.stop, 'abort');
  }

  /** Measures transactions, from the sink's side. */
  readonly atStep = (step: WriteStep, lane: number): undefined => {
    if (step === 'before copy') this.#begun.set(lane, now());
    if (step === 'after commit') this.done([], now() - (this.#begun.get(lane) ?? Number.NaN));
  };

  /** A transaction of a pipeline is durable. */
  #committed({ batches }: Committed): void {
    if (this.#latencies) {
      const time = Date.now();
      for (const { records } of batches as readonly Batch<FromRecord>[]) {
        for (const { origin } of records) this.#latencies.add(Number(origin.timestamp), time);
      }
    }
    this.done(batches.map(({ claim, from, to }) => [claim.partition, Number(claim.epoch), Number(from), Number(to)]));
  }

  /** Parts are done with, or a transaction took so many milliseconds. */
  done(parts: readonly Part[], took: number | null = null): void {
    if (this.#gathered.length === 0) setTimeout(() => this.#tell(), gathering);
    this.#gathered.push({ at: now(), took, parts });
  }

  /** Runs a pipeline until it is told to stop. */
  async during({ source, run }: Pick<Pipeline<KafkaSource>, 'source' | 'run'>): Promise<void> {
    const running = run(this.stop);
    const ready = async () => {
      while (!source.settled && !this.stop.aborted) await sleep(20);
      tell({ event: 'ready' });
    };
    await Promise.all([running, ready()]);
    this.ended();
  }

  /** Tells the last, and lets the process end. */
  ended(): void {
    this.#tell();
    tell({ event: 'ended', latencies: this.#latencies?.entries() ?? [] }, () => process.disconnect());
  }

  #tell(): void {
    if (this.#gathered.length > 0) tell({ event: 'done', reports: this.#gathered });
    this.#gathered = [];
  }
}

function tell(message: Message, then?: () => void): void {
  if (process.connected) process.send?.(message, () => then?.());
}
