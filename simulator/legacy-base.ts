/**
 * The invented legacy database. Users are inserted, updated and deleted, and every change is an event with the whole row and
 * the next sequence number. The same seed, start and options give the same bytes.
 *
 * At most `livingLimit` users are kept in memory. Beyond that, a new user replaces another one, which then gets no more
 * events and remains in the target unchanged.
 */
import type { Operation } from '../schemas/user-event.ts';
import { blemish } from './blemish.ts';
import { drawCountry } from './countries.ts';
import type { Country } from './country.ts';
import { eventJson, logTime, rowTime, timeOfChange } from './event-json.ts';
import { changeUser, describePerson, drawPerson, type LegacyUser, type Person } from './legacy-user.ts';
import { drawMailKind, type MailKind } from './mail-domains.ts';
import { defaultOperations, type OperationShares } from './operations.ts';
import { Prng } from './prng.ts';

/** Greatest int64, the last possible sequence number. */
export const maxSequence = 2n ** 63n - 1n;

/** Default of the users kept in memory, about 60 MB. */
export const defaultLivingLimit = 50_000;

export type LegacyBaseOptions = {
  readonly seed: string | number;
  /** Sequence number of the first event. */
  readonly startSequence: bigint;
  readonly operations?: OperationShares;
  /** Id of the first user. Without it a user's id is the sequence number of its INSERT, which is unique. */
  readonly firstId?: bigint;
  /** Share of users with a blemished row, 0 to 1. */
  readonly dirtyShare?: number;
  readonly livingLimit?: number;
};

/** One change, ready to send. */
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

/** Properties of a new user that a caller may choose, because the sample needs one of each. */
export type BirthWishes = { readonly country?: Country; readonly mail?: MailKind; readonly dirty?: boolean };

/** The database. Streams that must each be repeatable need one of their own. */
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

  /** Number of users that can be updated or deleted. */
  get living(): number {
    return this.#living.length;
  }

  /** The next event. Throws a `RangeError` when the 64-bit sequence numbers are used up. */
  next(): LegacyEvent {
    const dice = this.#prng.next() / 4294967296;
    if (this.#living.length === 0 || dice < this.#birth) return this.insert();
    return dice < this.#change ? this.update() : this.remove();
  }

  /** Inserts a new user. */
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

  /** Updates a living user. Throws a `RangeError` when there is none. */
  update(): LegacyEvent {
    const living = this.#prng.pick(this.#living);
    changeUser(this.#prng, living.person, living.user);
    living.updatedAt = rowTime(timeOfChange(this.#sequence));
    return this.#emit('UPDATE', living);
  }

  /** Deletes a living user; the event contains the whole last row. Throws a `RangeError` when there is none. */
  remove(): LegacyEvent {
    const index = this.#prng.below(this.#living.length);
    const living = this.#living[index];
    const last = this.#living.pop();
    if (!living || !last) throw new RangeError('there is no living user');
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
