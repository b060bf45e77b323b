/**
 * Which partitions are ours, and under which claim. Every join of the group pauses what was assigned, lets running
 * transactions end, claims the partitions at the checkpoint, seeks there and resumes (rule 13). A claim that is fenced
 * is made anew once Kafka has confirmed the membership (rule 14), one whose position is lost where it is asked for (rule 16).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, Kafka } from 'kafkajs';
import { backoff } from '../../pipeline/backoff.ts';
import type { Claim } from '../../pipeline/batch.ts';
import { type Diagnosis, messageOf, PipelineError } from '../../pipeline/errors.ts';
import type { Events } from '../../pipeline/events.ts';
import type { Claims, Logger, OnLostPosition, Reposition, StoredCheckpoint } from '../../pipeline/ports.ts';
import { retrying } from '../../pipeline/retry-notices.ts';
import { addressOf } from './answering-kafka.ts';
import { diagnose } from './errors.ts';
import { Membership } from './membership.ts';
import { PartitionClaim } from './partition-claim.ts';
import { type Loss, lossOf, moveAfter } from './position.ts';
import { type TopicNow, topicNow } from './topic.ts';
import { byTopic, idOf, inOrder, type TopicPartition, topicPartitions } from './topic-partition.ts';

/** What partitions are taken over with. */
export type OwnershipOptions = {
  readonly kafka: Kafka;
  /** Where a topic without checkpoints begins. */
  readonly from: (topic: string) => 'earliest' | 'latest';
  readonly onLostPosition: OnLostPosition;
  readonly claims: Claims;
  readonly logger: Logger;
  readonly events: Events;
  /** The consumer at work, which reads only what is owned. Throws while there is none. */
  readonly consumer: () => Pick<Consumer, 'pause' | 'resume' | 'seek'>;
  /** Pauses of this process so far: a claim begins with its position proven or to be proven. */
  readonly stalls: () => number;
  /** Told when what is owned has changed. */
  readonly onChange: () => void;
  /** Told what waiting cannot cure. */
  readonly onError: (error: unknown) => void;
};

/** A partition to be claimed, and its number among those claimed together. */
type Entitled = TopicPartition & { readonly index: number };

/** Milliseconds for which a confirmed membership is good for a claim: half the session timeout. */
const confirmedFor = 5_000;
/** Milliseconds until a partition that waits for another one is read again. */
const postponedFor = 100;
/** Milliseconds until a partition is read again whose table has to be altered by a person. */
const heldFor = 2_000;
/** Milliseconds without being fenced after which it counts as the first time again. */
const fencedAgainWithin = 60_000;

/** The claims of one member of the group. */
export class Ownership {
  readonly #options: OwnershipOptions;
  readonly #membership = new Membership();
  readonly #claims = new Map<string, PartitionClaim>();
  /** Claims of before with batches on their way: until these are back, nothing is claimed anew. */
  readonly #retired = new Set<PartitionClaim>();
  /** Positions seen to be lost, where the topic's beginning and end do not tell. */
  readonly #losses = new Map<string, Loss & { readonly next: bigint }>();
  readonly #fenced = new Map<string, { readonly times: number; readonly at: number }>();
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
  openClaim(partition: TopicPartition): PartitionClaim | undefined {
    const claim = this.#claims.get(idOf(partition));
    return claim?.open ? claim : undefined;
  }

  /** GROUP_JOIN listeners are not awaited by kafkajs, so everything up to the pause happens in this turn (rule 13). */
  joined(assigned: readonly TopicPartition[]): void {
    for (const claim of this.claims) this.#retire(claim);
    const join = this.#membership.joined();
    this.#losses.clear();
    this.#options.onChange();
    if (!this.#membership.isCurrent(join)) return;
    this.#pause(assigned);
    const partitions = inOrder(assigned).map((one, index) => ({ ...one, index }));
    const named = partitions.map(({ topic, partition }) => ({ topic, partition }));
    this.#options.events.emit({ type: 'joined', partitions: named });
    this.#forgetFencesBut(partitions);
    this.#takeOver(join, partitions)
      .then((claimed) => {
        if (claimed) this.#claimedJoin = join;
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
    this.#claimAgain(claim, () => {
      const { topic, partition } = claim;
      const times = this.#timesFenced(idOf(claim));
      this.#options.events.emit({ type: 'fenced', topic, partition, times });
      return backoff(times);
    });
  }

  /** What comes next waits for another partition, or for a table to be altered: it is read again after a while. */
  postpone(claim: Claim, isHeld: boolean): void {
    this.#claimAgain(claim, () => {
      const { topic, partition } = claim;
      this.#options.events.emit({ type: 'postponed', topic, partition, isHeld });
      return isHeld ? heldFor : postponedFor;
    });
  }

  #claimAgain(claim: Claim, pause: () => number): void {
    if (claim.revoked || !(claim instanceof PartitionClaim)) return;
    this.#retire(claim);
    const { join } = this.#membership;
    if (!this.#membership.isCurrent(join)) return;
    this.#pause([claim]);
    sleep(pause(), undefined, { ref: false })
      .then(() => this.#takeOver(join, [claim], performance.now()))
      .catch(this.#options.onError);
  }

  /** The position of a claim is lost. What was taken before it is let through, for it may be nowhere else any more. */
  losePosition(claim: PartitionClaim, loss: Loss): void {
    if (!claim.open) return;
    claim.ended = true;
    const { topic, partition, next } = claim;
    const { join } = this.#membership;
    if (!this.#membership.isCurrent(join)) return;
    this.#pause([claim]);
    this.#options.events.emit({ type: 'positionLost', topic, partition, nextOffset: next, why: loss.why });
    const claimAnew = async () => {
      await claim.drained();
      if (claim.revoked) return;
      this.#retire(claim);
      this.#losses.set(idOf(claim), { ...loss, next });
      await this.#takeOver(join, [claim]);
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
    this.#pause(this.claims);
  }

  #timesFenced(id: string): number {
    const before = this.#fenced.get(id);
    const at = performance.now();
    const times = before && at - before.at < fencedAgainWithin ? before.times + 1 : 1;
    this.#fenced.set(id, { times, at });
    return times;
  }

  /** Topics come and go; what is not ours is not remembered. */
  #forgetFencesBut(partitions: readonly TopicPartition[]): void {
    const ids = new Set(partitions.map(idOf));
    for (const id of this.#fenced.keys()) if (!ids.has(id)) this.#fenced.delete(id);
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
   * Claims partitions of a join topic by topic, once what is on its way under the former claims has ended. A topic that
   * cannot be claimed, for want of a leader perhaps, lets the others go first. False when the join was over before.
   */
  async #takeOver(join: number, partitions: readonly Entitled[], notBefore = 0): Promise<boolean> {
    if (partitions.length === 0) return this.#membership.isCurrent(join);
    const { events } = this.#options;
    await Promise.all([...this.#retired].map((claim) => claim.drained()));
    const waiting = [...byTopic(partitions)];
    let failures = 0;
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [topic, mine] = next;
      const confirmed = Math.max(notBefore, performance.now() - confirmedFor);
      if (!(await this.#membership.confirmedAfter(confirmed, join))) return false;
      try {
        const claims = await this.#claim(topic, mine);
        if (!this.#membership.isCurrent(join)) return false;
        // kafkajs has no group once it has given up; the next join claims anew.
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

  /** A claim asks Kafka where the partitions begin, and the position store for its right to them: each knows its errors. */
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
      this.#losses.delete(idOf(claim));
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

  #readFrom(claims: readonly PartitionClaim[]): boolean {
    try {
      const consumer = this.#options.consumer();
      for (const { topic, partition, readFrom } of claims)
        consumer.seek({ topic, partition, offset: String(readFrom) });
      consumer.resume(topicPartitions(claims));
      return true;
    } catch (error) {
      this.#options.logger.debug({ error: messageOf(error) }, 'the consumer was not running when it was to go on');
      return false;
    }
  }

  async #claim(topic: string, mine: readonly Entitled[]): Promise<PartitionClaim[]> {
    const { kafka, claims, from } = this.#options;
    const stalls = this.#options.stalls();
    const now = await topicNow(kafka, topic);
    const { clusterId, ranges } = now;
    const partitions = mine.map(({ partition }) => partition);
    const missing = partitions.filter((one) => !ranges.some(({ partition }) => partition === one));
    if (missing.length > 0) throw unknownPartitions(topic, missing);
    const claimed = await claims.claim({
      topic,
      clusterId,
      partitionCount: ranges.length,
      partitions: ranges.map(({ partition, low, high }) => ({
        partition,
        first: from(topic) === 'latest' ? high : low,
        later: low,
      })),
      mine: partitions,
      reposition: (found) => this.#reposition(topic, found, now),
    });
    return claimed.map(({ partition, epoch, nextOffset, lastHash, reached }) => {
      const { low = 0n, high = 0n } = ranges.find((range) => range.partition === partition) ?? {};
      const { index = 0 } = mine.find((one) => one.partition === partition) ?? {};
      const next = nextOffset;
      return new PartitionClaim({ topic, partition, epoch, index, next, low, logEnd: high, lastHash, stalls, reached });
    });
  }

  /**
   * While a claim waited, the former owner may have gone on to what had not been produced yet when the topic was asked.
   * Now that the checkpoint stands still, it is asked again before anything is called lost.
   */
  async #reposition(topic: string, found: StoredCheckpoint, before: TopicNow): Promise<Reposition | undefined> {
    const { kafka, onLostPosition } = this.#options;
    const seen = this.#losses.get(idOf({ topic, partition: found.partition }));
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
