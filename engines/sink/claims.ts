/** Claims partitions on any engine: decides whether a stored checkpoint fits its topic, and logs moved checkpoints. */
import { messageOf, PipelineError } from '../../pipeline/errors.ts';
import type { ClaimRequest, Claims, Logger, Reposition } from '../../pipeline/ports.ts';
import type { OrderBy } from '../../schemas/order-by.ts';
import type { Engine, FoundCheckpoint, Moved } from '../contract.ts';

/** What `claimsOn` needs. */
export type ClaimsOptions = {
  readonly engine: Pick<Engine<never>, 'server' | 'diagnose'> & { readonly checkpoints: ClaimStore };
  readonly pipeline: string;
  readonly orderBy: OrderBy;
  readonly logger: Logger;
  /** Called when a claim is durable. The claim does not wait for it, and its errors are only logged. */
  readonly afterClaim?: (request: ClaimRequest) => Promise<void>;
};

type ClaimStore = Pick<Engine<never>['checkpoints'], 'claim'>;

/** Returns the `Claims` of one pipeline. */
export const claimsOn = ({ engine, pipeline, orderBy, logger, afterClaim }: ClaimsOptions): Claims => ({
  server: engine.server,
  diagnose: engine.diagnose,
  claim: async (request) => {
    const { claimed, moved } = await engine.checkpoints.claim(
      pipeline,
      request,
      decisionFor(request, pipeline, orderBy),
    );
    for (const one of moved) logMove(logger, request.topic, one);
    afterClaim?.(request).catch((error: unknown) =>
      logger.warn({ error: messageOf(error) }, 'the work after a claim failed; the next claim repeats it'),
    );
    return claimed;
  },
});

/**
 * Returns a function that decides whether a locked checkpoint moves, and where. It throws a `PipelineError` if a checkpoint that
 * does not move belongs to another cluster, or if the rows are ordered by offset and the new offsets are not comparable.
 */
export const decisionFor =
  (request: ClaimRequest, pipeline: string, orderBy: OrderBy) =>
  async (found: FoundCheckpoint): Promise<Reposition | undefined> => {
    const { topic, clusterId } = request;
    const move = await request.reposition?.(found);
    if (!move && found.clusterId !== null && found.clusterId !== clusterId) throw anotherCluster(pipeline, topic);
    if (orderBy === 'offset') requireSameOffsets(request, found, move);
    return move;
  };

/** Throws if the new offsets are not comparable with those of the existing rows. */
function requireSameOffsets(
  { topic, partitionCount }: ClaimRequest,
  { partition, partitionCount: before }: FoundCheckpoint,
  move: Reposition | undefined,
): void {
  if (move?.restarted) throw offsetsRestarted(topic, partition, move.why);
  if (before !== null && before !== partitionCount) throw repartitioned(topic, before, partitionCount);
}

function logMove(logger: Logger, topic: string, { found, move: { to, why, gone } }: Moved): void {
  const { partition, nextOffset } = found;
  const offsets = {
    topic,
    partition,
    nextOffset: String(nextOffset),
    movedTo: String(to),
    gone: gone?.toString() ?? null,
  };
  const loss = gone === null ? 'an unknown number of records is gone' : `${gone} offsets are skipped`;
  logger.warn(offsets, `the position was lost, and the pipeline continues at another: ${why}; ${loss}`);
}

const anotherCluster = (pipeline: string, topic: string): PipelineError =>
  new PipelineError('lost_position', `the checkpoint of ${pipeline} on ${topic} belongs to another Kafka cluster`, {
    advice:
      'Its offsets are not valid in this cluster: use another --group-id, which starts without a checkpoint and overwrites no newer row, ' +
      'or continue in this topic with --on-lost-position earliest or latest.',
  });

/** Existing rows have higher offsets than all new records, which would therefore count as superseded. */
const offsetsRestarted = (topic: string, partition: number, why: string): PipelineError =>
  new PipelineError('lost_position', `${topic}, partition ${partition}: the position is lost: ${why}`, {
    advice:
      'With --order-by offset the existing rows would supersede all records of the new log, so --on-lost-position does not ' +
      'help: write to an empty database, in this order or with --order-by sequence or timestamp.',
  });

/** With more partitions a key moves to another partition, whose offsets are not comparable with the former ones (rule 9). */
const repartitioned = (topic: string, before: number, now: number): PipelineError =>
  new PipelineError(
    'repartitioned',
    `${topic} had ${before} partitions and has ${now}: offsets no longer order its events`,
    {
      advice:
        'Write to an empty database with --order-by sequence or timestamp, or recreate the topic with the former number of partitions.',
    },
  );
