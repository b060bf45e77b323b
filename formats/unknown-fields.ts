/** Names and counts of the fields for which no column exists. The names show which mapping is missing. */

/** Most names that are kept. */
const mostNames = 20;

/** Characters kept of a name. */
const longestName = 60;

/** Counts unknown fields by name, the first 20 names; more names are counted together. */
export class UnknownFields {
  #total = 0;
  readonly #counts = new Map<string, number>();

  /** Counts a field of this name in one record, or in `times` records. */
  note(name: string, times = 1): void {
    this.#total += times;
    const known = this.#counts.get(name);
    if (known !== undefined) this.#counts.set(name, known + times);
    else if (this.#counts.size < mostNames) this.#counts.set(name, times);
  }

  /** Number of unknown fields, over all names. */
  get total(): number {
    return this.#total;
  }

  /** The names with their counts, in the order of their first occurrence. */
  get names(): readonly (readonly [name: string, count: number])[] {
    return [...this.#counts].map(([name, count]) => [shorten(name), count]);
  }

  /** `nickname (3), age (1)`, and the number of fields with other names. */
  describe(): string {
    const named = this.names.map(([name, count]) => `${name} (${count})`);
    const others = this.#total - [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
    return [...named, ...(others > 0 ? [`others (${others})`] : [])].join(', ');
  }
}

const shorten = (name: string): string => (name.length > longestName ? `${name.slice(0, longestName)}…` : name);
