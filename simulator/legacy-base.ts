/**
 * The invented legacy database: users are born, change and leave, and every change is a whole-row event with the next
 * sequence number. Same seed, same start and same options give the same bytes.
 *
 * Memory is bounded: at most `livingLimit` users are remembered. A user born beyond takes the place of another, who
 * lives on in the target but is never heard of again.
 */
import type { Operation } from '../schemas/user-event.ts';
import { blemish } from './blemish.ts';
import { changeUser } from './change-user.ts';
import { drawCountry } from './countries.ts';
import type { Country } from './country.ts';
import { eventJson, logTime, rowTime, timeOfChange } from './event-json.ts';
import { describePerson, drawPerson, type LegacyUser, type Person } from './legacy-user.ts';
import { drawMailKind, type MailKind } from './mail-domains.ts';
import { defaultOperations, type OperationShares } from './operations.ts';
import { Prng } from './prng.ts';

/** Greatest int64: the last sequence number there is. */
export const maxSequence = 2n ** 63n - 1n;

/** Living users remembered unless told otherwise: about 60 MB. */
export const defaultLivingLimit = 50_000;

export type LegacyBaseOptions = {
  readonly seed: string | number;
  /** Sequence number of the first event. */
  readonly startSequence: bigint;
  readonly operations?: OperationShares;
  /** Id of the first user; without it a user's id is the sequence number of its INSERT, which no earlier user has. */
  readonly firstId?: bigint;
  /** Share of users whose row is spoiled, 0 to 1. */
  readonly dirtyShare?: number;
  readonly livingLimit?: number;
};

/** One change, ready to be sent. */
export type LegacyEvent = {
  /** The user's id in decimal. */
  readonly key: string;
  readonly value: Buffer;
  readonly operation: Operation;
  readonly sequence: bigint;
};

type Living = {
  readonly id: bigint;
  readonly person: Person;
  readonly user: LegacyUser;
  readonly createdAt: string;
  updatedAt: string;
};

/** Choices a caller may fix for a new user, where the sample needs one of each. */
export type BirthWishes = { readonly country?: Country; readonly mail?: MailKind; readonly dirty?: boolean };

/** The database. Not to be shared between streams that must be repeatable apart. */
export class LegacyBase {
  readonly #prng: Prng;
  readonly #living: Living[] = [];
  readonly #limit: number;
  readonly #dirty: number;
  readonly #birth: number;
  readonly #change: number;
  #sequence: bigint;
  #nextId: bigint | undefined;

  constructor(options: LegacyBaseOptions) {
    const shares = options.operations ?? defaultOperations;
    const total = shares.insert + shares.update + shares.delete;
    this.#prng = new Prng(options.seed);
    this.#birth = shares.insert / total;
    this.#change = (shares.insert + shares.update) / total;
    this.#limit = options.livingLimit ?? defaultLivingLimit;
    this.#dirty = options.dirtyShare ?? 0.12;
    this.#sequence = options.startSequence;
    this.#nextId = options.firstId;
  }

  /** Sequence number of the next event. */
  get nextSequence(): bigint {
    return this.#sequence;
  }

  /** How many users can be updated or deleted. */
  get living(): number {
    return this.#living.length;
  }

  /** The next event. Throws a `RangeError` when the 64-bit sequence numbers are used up. */
  next(): LegacyEvent {
    const dice = this.#prng.next() / 4294967296;
    if (this.#living.length === 0 || dice < this.#birth) return this.insert();
    return dice < this.#change ? this.update() : this.remove();
  }

  /** A new user. */
  insert(wishes: BirthWishes = {}): LegacyEvent {
    const prng = this.#prng;
    const person = drawPerson(prng, wishes.country ?? drawCountry(prng), wishes.mail ?? drawMailKind(prng));
    const user = describePerson(prng, person);
    const dirty = prng.chance(this.#dirty);
    if (wishes.dirty ?? dirty) blemish(prng, user);
    const born = rowTime(timeOfChange(this.#sequence));
    const id = this.#nextId ?? this.#sequence;
    if (this.#nextId !== undefined) this.#nextId += 1n;
    const living = { id, person, user, createdAt: born, updatedAt: born };
    if (this.#living.length < this.#limit) this.#living.push(living);
    else this.#living[prng.below(this.#limit)] = living;
    return this.#emit('INSERT', living);
  }

  /** A living user changes. Throws a `RangeError` when nobody lives. */
  update(): LegacyEvent {
    const living = this.#prng.pick(this.#living);
    changeUser(this.#prng, living.person, living.user);
    living.updatedAt = rowTime(timeOfChange(this.#sequence));
    return this.#emit('UPDATE', living);
  }

  /** A living user leaves; the event carries the whole last row. Throws a `RangeError` when nobody lives. */
  remove(): LegacyEvent {
    const index = this.#prng.below(this.#living.length);
    const living = this.#living[index];
    const last = this.#living.pop();
    if (!living || !last) throw new RangeError('nobody lives');
    if (last !== living) this.#living[index] = last;
    return this.#emit('DELETE', living);
  }

  #emit(operation: Operation, living: Living): LegacyEvent {
    const sequence = this.#sequence;
    if (sequence > maxSequence) throw new RangeError(`no sequence number is left above ${maxSequence}`);
    this.#sequence += 1n;
    const changedAt = logTime(timeOfChange(sequence) + this.#prng.below(100));
    const { id, createdAt, updatedAt } = living;
    const json = eventJson({ id, operation, sequence, createdAt, updatedAt, changedAt }, living.user);
    return { key: String(id), value: Buffer.from(json), operation, sequence };
  }
}
