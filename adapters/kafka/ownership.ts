/**
 * Which partitions are ours, and under which claim. Every join of the group pauses what was assigned, lets running
 * transactions end, claims the partitions at the checkpoint, seeks there and resumes (rule 13). A claim that is fenced
 * is made anew once Kafka has confirmed the membership (rule 14), one whose position is lost where it is asked for (rule 16).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, Kafka } from 'kafkajs';
import { backoff } from '../../pipeline/backoff.ts';
import type { Claim } from '../../pipeline/batch.ts';
import { diagnose, messageOf, PipelineError } from '../../pipeline/errors.ts';
import type { Claims, Found, Logger, Move, OnLostPosition } from '../../pipeline/ports.ts';
import { Membership } from './membership.ts';
import { PartitionClaim } from './partition-claim.ts';
import { type Loss, lossOf, moveAfter } from './position.ts';
import { type TopicNow, topicNow } from './topic.ts';

/** What partitions are taken over with. */
export type OwnershipOptions = {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly from: 'earliest' | 'latest';
  readonly onLostPosition: OnLostPosition;
  readonly claims: Claims;
  readonly logger: Logger;
  /** The consumer, which reads only what is owned. */
  readonly consumer: Pick<Consumer, 'pause' | 'resume' | 'seek'>;
  /** Pauses of this process so far: a claim begins with its position proven or to be proven. */
  readonly stalls: () => number;
  /** Told when what is owned has changed. */
  readonly onChange: () => void;
  /** Told what waiting cannot cure. */
  readonly onError: (error: unknown) => void;
};

/** Milliseconds for which a confirmed membership is good for a claim: half the session timeout. */
const confirmedFor = 5_000;
/** Milliseconds without being fenced after which it counts as the first time again. */
const fencedAgainWithin = 60_000;

/** The claims of one member of the group. */
export class Ownership {
  readonly #options: OwnershipOptions;
  readonly #membership = new Membership();
  readonly #claims = new Map<number, PartitionClaim>();
  /** Claims of before with batches on their way: until these are back, nothing is claimed anew. */
  readonly #retired = new Set<PartitionClaim>();
  /** Positions seen to be lost, where the topic's beginning and end do not tell. */
  readonly #losses = new Map<number, Loss & { readonly next: bigint }>();
  readonly #fenced = new Map<number, { readonly times: number; readonly at: number }>();
  /** The last join of which everything was claimed. */
  #claimedJoin = 0;

  constructor(options: OwnershipOptions) {
    this.#options = options;
  }

  /** What is owned. */
  get claims(): readonly PartitionClaim[] {
    return [...this.#claims.values()];
  }

  /** Whether all that the present join brought was claimed, be it nothing. */
  get complete(): boolean {
    return this.#claimedJoin > 0 && this.#claimedJoin === this.#membership.join;
  }

  /** The claim of a partition, if it may take more. */
  openClaim(partition: number): PartitionClaim | undefined {
    const claim = this.#claims.get(partition);
    return claim?.open ? claim : undefined;
  }

  /** GROUP_JOIN listeners are not awaited by kafkajs, so everything up to the pause happens in this turn (rule 13). */
  joined(partitions: readonly number[]): void {
    const { topic, logger } = this.#options;
    for (const claim of this.claims) this.#retire(claim);
    const join = this.#membership.joined();
    this.#losses.clear();
    this.#options.onChange();
    if (!this.#membership.isCurrent(join)) return;
    this.#pause(partitions);
    logger.info({ topic, partitions }, 'joined the group');
    this.#takeOver(join, partitions, 0)
      .then(() => {
        if (this.#membership.isCurrent(join)) this.#claimedJoin = join;
      })
      .catch(this.#options.onError);
  }

  /** Kafka has answered a heartbeat. */
  heartbeat(): void {
    this.#membership.heartbeat();
  }

  /**
   * Another worker took the partition over. Kafka may still count this member as the owner, and then it claims again,
   * later and later when that happens again and again, without leaving the group. If it does not, a join is to come.
   */
  lose(claim: Claim): void {
    if (claim.revoked || !(claim instanceof PartitionClaim)) return;
    this.#retire(claim);
    const { topic, partition, index } = claim;
    const { join } = this.#membership;
    if (!this.#membership.isCurrent(join)) return;
    this.#pause([partition]);
    const times = this.#timesFenced(partition);
    this.#options.logger.warn({ topic, partition, times }, 'another worker took the partition over');
    sleep(backoff(times), undefined, { ref: false })
      .then(() => this.#takeOver(join, [partition], index, performance.now()))
      .catch(this.#options.onError);
  }

  /** The position of a claim is lost. What was taken before it is let through, for it may be nowhere else any more. */
  losePosition(claim: PartitionClaim, loss: Loss): void {
    if (!claim.open) return;
    claim.ended = true;
    const { topic, partition, index, next } = claim;
    const { join } = this.#membership;
    if (!this.#membership.isCurrent(join)) return;
    this.#pause([partition]);
    this.#options.logger.warn({ topic, partition, nextOffset: String(next) }, `the position is lost: ${loss.why}`);
    const claimAnew = async () => {
      await claim.drained();
      if (claim.revoked) return;
      this.#retire(claim);
      this.#losses.set(partition, { ...loss, next });
      await this.#takeOver(join, [partition], index);
    };
    claimAnew().catch(this.#options.onError);
  }

  /** The group is left: nothing is ours until the next join, which is not complete before it has come. */
  left(): void {
    for (const claim of this.claims) this.#retire(claim);
    this.#membership.joined();
    this.#losses.clear();
    this.#options.onChange();
  }

  /** Nothing is claimed any more. */
  stop(): void {
    this.#membership.stop();
    this.#pause([...this.#claims.keys()]);
  }

  #timesFenced(partition: number): number {
    const before = this.#fenced.get(partition);
    const at = performance.now();
    const times = before && at - before.at < fencedAgainWithin ? before.times + 1 : 1;
    this.#fenced.set(partition, { times, at });
    return times;
  }

  #pause(partitions: readonly number[]): void {
    const { consumer, topic, logger } = this.#options;
    try {
      consumer.pause([{ topic, partitions: [...partitions] }]);
    } catch (error) {
      logger.debug({ error: messageOf(error) }, 'the consumer was not running when it was to pause');
    }
  }

  #retire(claim: PartitionClaim): void {
    claim.revoked = true;
    this.#claims.delete(claim.partition);
    this.#retired.add(claim);
    void claim.drained().then(() => this.#retired.delete(claim));
  }

  /** Claims partitions of a join, once what is on its way under the former claims has ended. */
  async #takeOver(join: number, partitions: readonly number[], firstIndex: number, notBefore = 0): Promise<void> {
    if (partitions.length === 0) return;
    const { topic, logger, onChange } = this.#options;
    await Promise.all([...this.#retired].map((claim) => claim.drained()));
    for (let attempt = 1; ; attempt += 1) {
      const confirmed = Math.max(notBefore, performance.now() - confirmedFor);
      if (!(await this.#membership.confirmedAfter(confirmed, join))) return;
      try {
        const claims = await this.#claim(partitions, firstIndex);
        if (!this.#membership.isCurrent(join)) return;
        // kafkajs has no group between giving up and starting again; the next join claims anew.
        if (!this.#readFrom(claims)) return;
        for (const claim of claims) {
          this.#claims.set(claim.partition, claim);
          this.#losses.delete(claim.partition);
        }
        onChange();
        return;
      } catch (error) {
        const { reaction, advice, code } = diagnose(error);
        if (reaction !== 'retry') throw error;
        logger.warn({ topic, code, attempt, error: messageOf(error) }, advice);
        await sleep(backoff(attempt), undefined, { ref: false });
      }
    }
  }

  #readFrom(claims: readonly PartitionClaim[]): boolean {
    const { consumer, topic, logger } = this.#options;
    try {
      for (const { partition, readFrom } of claims) consumer.seek({ topic, partition, offset: String(readFrom) });
      consumer.resume([{ topic, partitions: claims.map(({ partition }) => partition) }]);
      return true;
    } catch (error) {
      logger.debug({ error: messageOf(error) }, 'the consumer was not running when it was to go on');
      return false;
    }
  }

  async #claim(partitions: readonly number[], firstIndex: number): Promise<PartitionClaim[]> {
    const { topic, kafka, claims, from } = this.#options;
    const stalls = this.#options.stalls();
    const now = await topicNow(kafka, topic);
    const { clusterId, ranges } = now;
    const missing = partitions.filter((one) => !ranges.some(({ partition }) => partition === one));
    if (missing.length > 0) throw unknownPartitions(topic, missing);
    const claimed = await claims.claim({
      topic,
      clusterId,
      partitionCount: ranges.length,
      partitions: ranges.map(({ partition, low, high }) => ({
        partition,
        first: from === 'latest' ? high : low,
        later: low,
      })),
      mine: partitions,
      reposition: (found) => this.#reposition(found, now),
    });
    return claimed.map(({ partition, epoch, nextOffset, lastHash, reached }) => {
      const { low = 0n, high = 0n } = ranges.find((range) => range.partition === partition) ?? {};
      const index = firstIndex + partitions.indexOf(partition);
      const next = nextOffset;
      return new PartitionClaim({ topic, partition, epoch, index, next, low, logEnd: high, lastHash, stalls, reached });
    });
  }

  /**
   * While a claim waited, the former owner may have gone on to what had not been produced yet when the topic was asked.
   * Now that the checkpoint stands still, it is asked again before anything is called lost.
   */
  async #reposition(found: Found, before: TopicNow): Promise<Move | undefined> {
    const { topic, kafka, onLostPosition } = this.#options;
    const seen = this.#losses.get(found.partition);
    const known = seen?.next === found.nextOffset ? seen : undefined;
    if (!known && !lossOf(found, before)) return undefined;
    const now = await topicNow(kafka, topic);
    const loss = known ?? lossOf(found, now);
    const range = now.ranges.find(({ partition }) => partition === found.partition);
    if (!range) throw unknownPartitions(topic, [found.partition]);
    return loss && moveAfter(loss, topic, found, onLostPosition, range);
  }
}

/** The consumer and the brokers do not agree yet on what the topic is: metadata is refreshed every 30 s. */
const unknownPartitions = (topic: string, partitions: readonly number[]): PipelineError =>
  new PipelineError('unknown_partition', `${topic} has no partition ${partitions.join(', ')} at the moment`, {
    reaction: 'retry',
    advice: 'The topic is being changed; it is asked again until the group has noticed.',
  });
