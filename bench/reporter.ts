/** Runs in a measured process: it reads the order, reports every transaction, and stops on command. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaSource } from '../adapters/kafka/source/source.ts';
import type { WriteStep } from '../engines/sink/sink.ts';
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

/** Milliseconds over which reports are collected before they are sent. */
const gatheringMs = 50;

/** The order of this process. */
export const readOrder = <O>(): O => JSON.parse(process.env.BENCH ?? '{}');

/** Connection settings from a URL, in the form of the pipelines. */
export function databaseOf(url: string) {
  const { hostname: host, port, username: user, password, pathname } = new URL(url);
  return { host, port: Number(port), user, password: decodeURIComponent(password), database: pathname.slice(1) };
}

/** Reports durable records to the benchmark. */
export class Reporter {
  readonly #latencies: LatencyCounts | null;
  readonly #stop = new AbortController();
  readonly #begun = new Map<number, number>();
  #unsent: Report[] = [];
  /** The events of the measured pipeline. Warnings are logged. */
  readonly events: ServiceEvents = new EventStream();

  /** @param warmUp milliseconds from the first record's timestamp on in which latencies do not count; null: none do */
  constructor(warmUp: number | null = null) {
    this.#latencies = warmUp === null ? null : new LatencyCounts(warmUp);
    this.events.subscribe(logEvents(createLogger({ level: 'warn', format: 'pretty' })));
    this.events.subscribe((event) => event.type === 'committed' && this.#committed(event));
    process.on('message', ({ event }: Command) => event === 'stop' && this.#stop.abort());
    // The benchmark has ended.
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

  /** Measures transactions, called by the sink. */
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

  /** Reports finished parts, or the duration of a transaction in milliseconds. */
  done(parts: readonly Part[], took: number | null = null): void {
    if (this.#unsent.length === 0) setTimeout(() => this.#sendReports(), gatheringMs);
    this.#unsent.push({ at: now(), took, parts });
  }

  /** Runs a pipeline until the benchmark stops it. */
  async during({ source, run }: Pick<Pipeline<KafkaSource>, 'source' | 'run'>): Promise<void> {
    const running = run(this.stop);
    const ready = async () => {
      while (!source.settled && !this.stop.aborted) await sleep(20);
      send({ event: 'ready' });
    };
    await Promise.all([running, ready()]);
    this.ended();
  }

  /** Sends the last reports, and lets the process end. */
  ended(): void {
    this.#sendReports();
    send({ event: 'ended', latencies: this.#latencies?.entries() ?? [] }, () => process.disconnect());
  }

  #sendReports(): void {
    if (this.#unsent.length > 0) send({ event: 'done', reports: this.#unsent });
    this.#unsent = [];
  }
}

function send(message: Message, then?: () => void): void {
  if (process.connected) process.send?.(message, () => then?.());
}
