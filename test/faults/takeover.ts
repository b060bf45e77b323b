/**
 * Watches the checkpoints of a pipeline while its processes are killed. Measures the duration of takeovers, and how long
 * partitions made no progress.
 */
import pg from 'pg';

/** The checkpoint of one partition at one time. */
type Seen = { readonly next: number; readonly epoch: number };

type Sample = {
  readonly at: number;
  readonly seen: ReadonlyMap<number, Seen>;
  /** Number of records produced to each partition. */
  readonly filled: ReadonlyMap<number, number>;
};

/** A watch that runs until its scope ends. */
export type Watch = AsyncDisposable & {
  /** Number of durable records in the last sample. */
  readonly durable: () => number;
  /**
   * Milliseconds from a death until every partition has been claimed again and has progressed since, or had nothing to
   * read; Infinity until then. Every join of the group claims all partitions, so this is the time until the whole group works again.
   */
  readonly takeoverAfter: (death: number) => number;
  /** The longest time in milliseconds that any partition with pending records made no progress. */
  readonly longestStandstill: () => number;
};

const sampleIntervalMs = 100;

/** Starts watching. `filled` returns the number of acknowledged records in each partition. */
export async function watchCheckpoints(
  databaseUrl: string,
  pipeline: string,
  filled: () => ReadonlyMap<number, number>,
): Promise<Watch> {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => undefined);
  await client.connect();
  const samples: Sample[] = [];
  const take = async () => {
    const before = new Map(filled());
    const { rows } = await client.query<{ partition: number; next: number; epoch: number }>(
      `select partition, next_offset::int as next, owner_epoch::int as epoch from sluice.checkpoint where pipeline = $1`,
      [pipeline],
    );
    samples.push({ at: Date.now(), seen: new Map(rows.map((row) => [row.partition, row])), filled: before });
  };
  await take();
  let watching = true;
  const watched = (async () => {
    while (watching) {
      await new Promise((resolve) => setTimeout(resolve, sampleIntervalMs));
      await take();
    }
  })();
  watched.catch(() => undefined);
  const partitions = [...filled().keys()];
  return {
    durable: () => [...(samples.at(-1)?.seen.values() ?? [])].reduce((sum, { next }) => sum + next, 0),
    takeoverAfter: (death) => Math.max(...partitions.map((partition) => takeover(samples, partition, death))),
    longestStandstill: () => Math.max(...partitions.map((partition) => standstill(samples, partition))),
    [Symbol.asyncDispose]: async () => {
      watching = false;
      try {
        await watched;
      } finally {
        await client.end();
      }
    },
  };
}

const of = ({ seen, filled }: Sample, partition: number): Seen & { readonly filled: number } => ({
  ...(seen.get(partition) ?? { next: 0, epoch: 0 }),
  filled: filled.get(partition) ?? 0,
});

function takeover(samples: readonly Sample[], partition: number, death: number): number {
  const stood = samples.findLast(({ at }) => at <= death);
  const claimed = samples.find(
    (one) => stood && one.at > death && of(one, partition).epoch > of(stood, partition).epoch,
  );
  if (!claimed) return Number.POSITIVE_INFINITY;
  // An earlier commit may have advanced it after the death; only progress since the claim counts.
  const { next: from } = of(claimed, partition);
  const over = samples.find((one) => {
    const { next, filled } = of(one, partition);
    return one.at >= claimed.at && (next > from || next >= filled);
  });
  return (over?.at ?? Number.POSITIVE_INFINITY) - death;
}

function standstill(samples: readonly Sample[], partition: number): number {
  let longest = 0;
  let since: number | undefined;
  let stood = -1;
  for (const sample of samples) {
    const { next, filled } = of(sample, partition);
    if (next >= filled) since = undefined;
    else if (since === undefined || next !== stood) since = sample.at;
    else longest = Math.max(longest, sample.at - since);
    stood = next;
  }
  return longest;
}
