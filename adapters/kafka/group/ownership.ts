/**
 * Decides which partitions this process owns, and under which claim. Every join of the group pauses the assigned partitions,
 * waits for running transactions, claims the partitions at their checkpoints, seeks there and resumes (rule 13). A fenced
 * claim is renewed once Kafka has confirmed the membership (rule 14). A claim with a lost position is renewed at another
 * position where the options allow it (rule 16).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer } from 'kafkajs';
import { backoff } from '../../../pipeline/backoff.ts';
import type { Claim } from '../../../pipeline/batch.ts';
import { type Diagnosis, messageOf } from '../../../pipeline/errors.ts';
import type { Events } from '../../../pipeline/events.ts';
import type { Logger } from '../../../pipeline/ports.ts';
import { retrying } from '../../../pipeline/retry-notices.ts';
import { addressOf } from '../client/disconnecting-kafka.ts';
import { diagnose } from '../client/errors.ts';
import type { Loss } from '../source/lost-position.ts';
import { byTopic, idOf, inOrder, type TopicPartition, topicPartitions } from '../topics/topic-partition.ts';
import { FenceCounter } from './fence-counter.ts';
import { Membership } from './membership.ts';
import { PartitionClaim } from './partition-claim.ts';
import { type AssignedPartition, TopicClaims, type TopicClaimsOptions } from './topic-claims.ts';

/** What partitions are taken over with. */
export type OwnershipOptions = TopicClaimsOptions & {
  readonly logger: Logger;
  readonly events: Events;
  /** The current consumer. Throws while there is none. */
  readonly consumer: () => Pick<Consumer, 'pause' | 'resume' | 'seek'>;
  /** Called when the owned partitions have changed. */
  readonly onChange: () => void;
  /** Called with an error that a retry cannot fix. */
  readonly onError: (error: unknown) => void;
};

/** Milliseconds for which a confirmed membership is good for a claim: half the session timeout. */
const confirmedForMs = 5_000;
/** Milliseconds until a postponed partition is read again when it waits for another partition. */
const postponedForMs = 100;
/** Milliseconds until a held partition is read again, whose table a person has to alter. */
const heldForMs = 2_000;

/** The claims of one member of the group. */
export class Ownership {
  readonly #options: OwnershipOptions;
  readonly #topicClaims: TopicClaims;
  readonly #membership = new Membership();
  readonly #claims = new Map<string, PartitionClaim>();
  /** Former claims with batches in flight. No partition is claimed before these batches have returned. */
  readonly #retired = new Set<PartitionClaim>();
  readonly #fences = new FenceCounter();
  /** The last join whose partitions were all claimed. */
  #claimedJoin = 0;

  constructor(options: OwnershipOptions) {
    this.#options = options;
    this.#topicClaims = new TopicClaims(options);
  }

  /** The claims of the partitions owned now. */
  get claims(): readonly PartitionClaim[] {
    return [...this.#claims.values()];
  }

  /** Whether all partitions of the current join are claimed, including a join without any partition. */
  get complete(): boolean {
    return this.#claimedJoin > 0 && this.#claimedJoin === this.#membership.join;
  }

  /** The claim of a partition, if new batches may be emitted for it. */
  openClaim(partition: TopicPartition): PartitionClaim | undefined {
    const claim = this.#claims.get(idOf(partition));
    return claim?.open ? claim : undefined;
  }

  /** Handles a join. kafkajs does not await GROUP_JOIN listeners, so everything up to the pause is synchronous (rule 13). */
  joined(assigned: readonly TopicPartition[]): void {
    for (const claim of this.claims) this.#retire(claim);
    const join = this.#membership.joined();
    this.#topicClaims.forgetLosses();
    this.#options.onChange();
    if (!this.#membership.isCurrent(join)) return;
    this.#pause(assigned);
    const partitions = inOrder(assigned).map((one, index) => ({ ...one, index }));
    const named = partitions.map(({ topic, partition }) => ({ topic, partition }));
    this.#options.events.emit({ type: 'joined', partitions: named });
    this.#fences.keepOnly(partitions);
    this.#takeOver(join, partitions)
      .then((claimed) => {
        if (claimed) this.#claimedJoin = join;
      })
      .catch(this.#options.onError);
  }

  /** Records that Kafka has answered a heartbeat. */
  heartbeat(): void {
    this.#membership.heartbeat();
  }

  /**
   * Handles a fenced claim: another worker took the partition over. If Kafka still counts this member as the owner, the
   * partition is claimed again without leaving the group, with a growing delay. Otherwise a join follows.
   */
  onFenced(claim: Claim): void {
    this.#claimAgain(claim, () => {
      const { topic, partition } = claim;
      const times = this.#fences.count(claim);
      this.#options.events.emit({ type: 'fenced', topic, partition, times });
      return backoff(times);
    });
  }

  /** Reads a partition again after a while, because its next records wait for another partition or an altered table. */
  postpone(claim: Claim, isHeld: boolean): void {
    this.#claimAgain(claim, () => {
      const { topic, partition } = claim;
      this.#options.events.emit({ type: 'postponed', topic, partition, isHeld });
      return isHeld ? heldForMs : postponedForMs;
    });
  }

  #claimAgain(claim: Claim, delayMs: () => number): void {
    if (claim.revoked || !(claim instanceof PartitionClaim)) return;
    this.#retire(claim);
    const { join } = this.#membership;
    if (!this.#membership.isCurrent(join)) return;
    this.#pause([claim]);
    sleep(delayMs(), undefined, { ref: false })
      .then(() => this.#takeOver(join, [claim], performance.now()))
      .catch(this.#options.onError);
  }

  /** Handles a lost position. Batches in flight are still written, because the log may no longer have their records. */
  losePosition(claim: PartitionClaim, loss: Loss): void {
    if (!claim.open) return;
    claim.ended = true;
    const { topic, partition, next } = claim;
    const { join } = this.#membership;
    if (!this.#membership.isCurrent(join)) return;
    this.#pause([claim]);
    this.#options.events.emit({ type: 'positionLost', topic, partition, nextOffset: next, why: loss.why });
    const renewClaim = async () => {
      await claim.drained();
      if (claim.revoked) return;
      this.#retire(claim);
      this.#topicClaims.recordLoss(claim, loss, next);
      await this.#takeOver(join, [claim]);
    };
    renewClaim().catch(this.#options.onError);
  }

  /** Handles leaving the group: nothing is owned, and `complete` is false until the next join is claimed. */
  left(): void {
    for (const claim of this.claims) this.#retire(claim);
    this.#membership.joined();
    this.#topicClaims.forgetLosses();
    this.#options.onChange();
  }

  /** Ends claiming, and pauses the owned partitions. */
  stop(): void {
    this.#membership.stop();
    this.#pause(this.claims);
  }

  #pause(partitions: readonly TopicPartition[]): void {
    const { consumer, logger } = this.#options;
    try {
      consumer().pause(topicPartitions(partitions));
    } catch (error) {
      logger.debug({ error: messageOf(error) }, 'the consumer was not running when it was to pause');
    }
  }

  #retire(claim: PartitionClaim): void {
    claim.revoked = true;
    this.#claims.delete(idOf(claim));
    this.#retired.add(claim);
    void claim.drained().then(() => this.#retired.delete(claim));
  }

  /**
   * Claims partitions of a join topic by topic, after the batches of former claims have returned. A topic that cannot be
   * claimed now, for example without a leader, is retried after the others. Returns false when the join ended before.
   */
  async #takeOver(join: number, partitions: readonly AssignedPartition[], notBefore = 0): Promise<boolean> {
    if (partitions.length === 0) return this.#membership.isCurrent(join);
    const { events } = this.#options;
    await Promise.all([...this.#retired].map((claim) => claim.drained()));
    const waiting = [...byTopic(partitions)];
    let failures = 0;
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [topic, mine] = next;
      const confirmed = Math.max(notBefore, performance.now() - confirmedForMs);
      if (!(await this.#membership.confirmedAfter(confirmed, join))) return false;
      try {
        const claims = await this.#topicClaims.claim(topic, mine);
        if (!this.#membership.isCurrent(join)) return false;
        // kafkajs has no group after it gave up. The next join claims the partitions.
        if (!this.#readFrom(claims)) return false;
        this.#own(claims);
        failures = 0;
      } catch (error) {
        const { server, diagnosis } = this.#explain(error);
        if (diagnosis.reaction !== 'retry') throw error;
        failures += 1;
        waiting.push(next);
        events.emit(retrying(server, error, diagnosis, { topic, attempt: failures }));
        await sleep(backoff(failures), undefined, { ref: false });
      }
    }
    return true;
  }

  /** Diagnoses an error of a claim, which uses both Kafka and the claims store. Each classifies its own errors. */
  #explain(error: unknown): { server: string; diagnosis: Diagnosis } {
    const { kafka, claims } = this.#options;
    const isKafkas = error instanceof Error && /^KafkaJS|^PipelineError$/.test(error.name);
    return isKafkas
      ? { server: addressOf(kafka), diagnosis: diagnose(error) }
      : { server: claims.server, diagnosis: claims.diagnose(error) };
  }

  #own(claims: readonly PartitionClaim[]): void {
    for (const claim of claims) {
      this.#claims.set(idOf(claim), claim);
      this.#topicClaims.forgetLoss(claim);
    }
    const partitions = claims.map(({ topic, partition, next, epoch }) => ({
      topic,
      partition,
      nextOffset: next,
      epoch,
    }));
    this.#options.events.emit({ type: 'claimed', partitions });
    this.#options.onChange();
  }

  /** Seeks and resumes. Returns false when there is no running consumer. */
  #readFrom(claims: readonly PartitionClaim[]): boolean {
    try {
      const consumer = this.#options.consumer();
      for (const { topic, partition, readFrom } of claims)
        consumer.seek({ topic, partition, offset: String(readFrom) });
      consumer.resume(topicPartitions(claims));
      return true;
    } catch (error) {
      this.#options.logger.debug({ error: messageOf(error) }, 'the consumer was not running when it was to resume');
      return false;
    }
  }
}
