/** Names of objects in the target: at most 64 characters, unique in their scope. */
import { createHash } from 'node:crypto';

/** Most characters of a name in MySQL and MariaDB. */
const maxLength = 64;

const hashLength = 8;

/** The name, or its beginning with a hash of the whole, which is the same in every run. */
export function shortened(name: string): string {
  // MySQL refuses names that end with spaces.
  const trimmed = name.replace(/ +$/, (spaces) => '_'.repeat(spaces.length));
  if ([...trimmed].length <= maxLength) return trimmed;
  return `${[...trimmed].slice(0, maxLength - hashLength - 1).join('')}_${hashOf(name)}`;
}

const hashOf = (name: string): string => createHash('sha256').update(name).digest('hex').slice(0, hashLength);

/** The names that are taken in one scope. */
export class Names {
  readonly #taken = new Set<string>();
  readonly #foldsCase: boolean;

  /** @param foldsCase whether names that differ only in case are one name, as for constraints and indexes. */
  constructor(foldsCase = true) {
    this.#foldsCase = foldsCase;
  }

  /** Takes the name if it is free, else one with `beside` (such as its table), else one with a hash of both. */
  take(name: string, beside: string): string {
    const candidates = [name, `${name}_${beside}`, `${name}_${hashOf(`${beside}.${name}`)}`].map(shortened);
    const free =
      candidates.find((one) => !this.#taken.has(this.#key(one))) ?? shortened(`${name}_${beside}_${this.#taken.size}`);
    this.#taken.add(this.#key(free));
    return free;
  }

  #key(name: string): string {
    return this.#foldsCase ? name.toLowerCase() : name;
  }
}
