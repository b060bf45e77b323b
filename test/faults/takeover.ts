/**
 * Watches the checkpoints of a pipeline while its processes are killed, and says how long takeovers took and how long
 * partitions stood still.
 */
import pg from 'pg';

/** One partition at one moment. */
type Seen = { readonly next: number; readonly epoch: number };

type Sample = {
  readonly at: number;
  readonly seen: ReadonlyMap<number, Seen>;
  /** How far each partition was filled. */
  readonly filled: ReadonlyMap<number, number>;
};

/** A watch that runs until its scope ends. */
export type Watch = AsyncDisposable & {
  /** Records durable as last seen. */
  readonly durable: () => number;
  /**
   * Milliseconds from a death until every partition had been claimed anew and had moved on since, or had nothing to
   * read; Infinity while that has not come. Every join of the group claims all partitions, so this is
   * the time until the whole group is at work again, not only the heirs of the dead.
   */
  readonly takeoverAfter: (death: number) => number;
  /** The longest time in milliseconds that any partition stood still with records waiting. */
  readonly longestStandstill: () => number;
};

const sampleInterval = 100;

/** Starts watching. `filled` answers how far each partition has been filled, as acknowledged by Kafka. */
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
      await new Promise((resolve) => setTimeout(resolve, sampleInterval));
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
  // A commit of before may still have moved it after the death; what counts is what moved since the claim.
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
