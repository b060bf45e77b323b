/**
 * Weighs cells against each other. Each cell allows some countries. While the cells agree, the countries in every list remain. If they
 * contradict each other, the cells that agree on one country outvote the others (`agreeing`).
 */
import { territories } from './tables/territories.ts';

/** The cells in the order in which `country_source` names them; one bit each. */
const cellNames = ['country', 'state', 'city', 'postal_code', 'phone', 'email'] as const;
export type CellName = (typeof cellNames)[number];

/** The vote of one cell: the countries that it allows, and those that it most likely means (of a city, its largest namesakes). */
export type Vote = {
  readonly cell: CellName;
  readonly allowed: readonly string[];
  readonly likely: readonly string[];
};

/** One step of the weighing: a cell, the countries it allows, the countries left after it, and whether the cell was ignored. */
export type Step = {
  readonly cell: string;
  readonly allowed: readonly string[];
  readonly left: readonly string[];
  readonly ignored: boolean;
};

/** Every combination, built once so that naming one allocates nothing. */
const sources = Array.from({ length: 1 << cellNames.length }, (_, bits) =>
  cellNames.filter((_, at) => (bits & (1 << at)) !== 0).join('+'),
);

const bitOf = (cell: CellName): number => 1 << cellNames.indexOf(cell);

/** The countries in both lists. A territory also counts if the other list has the country that it belongs to. */
export function common(possible: readonly string[], list: readonly string[]): readonly string[] {
  // The common case: one list has a single country, and the other contains it.
  if (list.length === 1 && possible.includes(list[0] ?? '')) return list;
  if (possible.length === 1 && list.includes(possible[0] ?? '')) return possible;
  const both = possible.filter((country) => list.includes(country) || list.includes(territories.get(country) ?? ''));
  for (const country of list)
    if (!both.includes(country) && possible.includes(territories.get(country) ?? '')) both.push(country);
  // France remains beside Réunion only if both lists name France itself.
  const certain = both.filter((country) => possible.includes(country) && list.includes(country));
  return certain.length > 0 ? certain : both;
}

/** The countries that are still possible, and the cells that narrowed them down. */
export class Weighing {
  /** Null until a cell names a country. */
  possible: readonly string[] | null = null;
  /** Number of cells that were counted and not ignored. */
  votes = 0;
  #bits = 0;
  readonly #trace: Step[] | null;
  readonly #majority: boolean;

  /** In a majority every agreeing cell counts as a source, not only those that narrow the answer. */
  constructor(trace: Step[] | null, majority: boolean) {
    this.#trace = trace;
    this.#majority = majority;
  }

  #step(cell: CellName, allowed: readonly string[], left: readonly string[]): void {
    if (this.possible === null || left.length < this.possible.length) this.#bits |= bitOf(cell);
    this.possible = left;
    this.#trace?.push({ cell, allowed, left, ignored: false });
  }

  /** Adds a cell that has to agree. A cell without countries changes nothing. */
  agree(cell: CellName, allowed: readonly string[]): void {
    if (allowed.length === 0) return;
    this.votes += 1;
    if (this.#majority) this.#bits |= bitOf(cell);
    this.#step(cell, allowed, this.possible === null ? allowed : common(this.possible, allowed));
  }

  /** Adds a cell that may only choose among the remaining countries. */
  choose(cell: CellName, allowed: readonly string[]): void {
    if (this.possible === null || this.possible.length < 2) return;
    const left = this.possible.filter((country) => allowed.includes(country));
    if (left.length > 0 && left.length < this.possible.length) this.#step(cell, allowed, left);
  }

  /** Records a cell that is ignored. */
  ignore(cell: CellName, allowed: readonly string[]): void {
    if (allowed.length > 0) this.#trace?.push({ cell, allowed, left: this.possible ?? [], ignored: true });
  }

  /** The remaining countries, if there are several. */
  get open(): readonly string[] {
    return this.possible !== null && this.possible.length > 1 ? this.possible : [];
  }

  /** Whether one cell has ruled out all countries that the others allow. */
  get contradictory(): boolean {
    return this.possible !== null && this.possible.length === 0;
  }

  /** The cells that narrowed it down, as `city+postal_code`. */
  get source(): string {
    return sources[this.#bits] ?? '';
  }
}

/** A cell that likely means at most this many countries is specific, and counts twice. */
const fewCountries = 3;

const points = ({ likely }: Vote): number => (likely.length <= fewCountries ? 2 : 1);

/**
 * Of contradicting votes, those that agree on the country with the most support. It needs at least two votes, and more support than any
 * other country, unless the same cells support both. Empty if no country is ahead.
 */
export function agreeing(votes: readonly Vote[]): readonly Vote[] {
  const support = new Map<string, number>();
  for (const vote of votes)
    for (const country of vote.likely) support.set(country, (support.get(country) ?? 0) + points(vote));
  const most = Math.max(0, ...support.values());
  const ahead = [...support.keys()].filter((country) => support.get(country) === most);
  const [first] = ahead;
  if (first === undefined) return [];
  const supporting = votes.filter(({ likely }) => likely.includes(first));
  const together = ahead.every((country) =>
    votes.every((vote) => vote.likely.includes(country) === supporting.includes(vote)),
  );
  if (supporting.length < 2 || !together) return [];
  return votes.filter(({ allowed }) => common(ahead, allowed).length > 0);
}
