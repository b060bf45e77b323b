/**
 * How cells are weighed against each other. Each allows some countries; as long as they agree, what is in every list is left. Where they
 * contradict each other, the cells that agree on one country stand against the ones that do not (`agreeing`).
 */
import { territories } from './tables/territories.ts';

/** The cells in the order in which a source names them; a bit each. */
const cellNames = ['country', 'state', 'city', 'postal_code', 'phone', 'email'] as const;
export type CellName = (typeof cellNames)[number];

/** What one cell says. `meant`: of the countries that it allows, those that it speaks for; a city for its largest namesakes. */
export type Voice = {
  readonly cell: CellName;
  readonly says: readonly string[];
  readonly meant: readonly string[];
};

/** One step of the weighing: a cell, the countries it allows, those that are left after it, and whether it was set aside. */
export type Step = {
  readonly cell: string;
  readonly says: readonly string[];
  readonly left: readonly string[];
  readonly aside: boolean;
};

/** Every combination, so that naming one makes no string. */
const sources = Array.from({ length: 1 << cellNames.length }, (_, bits) =>
  cellNames.filter((_, at) => (bits & (1 << at)) !== 0).join('+'),
);

const bitOf = (cell: CellName): number => 1 << cellNames.indexOf(cell);

/** The countries in both lists; a territory also where the other list has the country that it belongs to. */
export function common(possible: readonly string[], list: readonly string[]): readonly string[] {
  // Most often one of both says one country, and the other has it.
  if (list.length === 1 && possible.includes(list[0] ?? '')) return list;
  if (possible.length === 1 && list.includes(possible[0] ?? '')) return possible;
  const both = possible.filter((country) => list.includes(country) || list.includes(territories.get(country) ?? ''));
  for (const country of list)
    if (!both.includes(country) && possible.includes(territories.get(country) ?? '')) both.push(country);
  // France is left beside Réunion only if both lists have it by its own name.
  const certain = both.filter((country) => possible.includes(country) && list.includes(country));
  return certain.length > 0 ? certain : both;
}

/** What is still possible, and which cells made it so. */
export class Weighing {
  /** Null: nothing was said so far. */
  possible: readonly string[] | null = null;
  /** Cells that were heard and not set aside. */
  voices = 0;
  #bits = 0;
  readonly #trace: Step[] | null;
  readonly #majority: boolean;

  /** In a majority every cell that agrees decides, not only those that narrow the answer. */
  constructor(trace: Step[] | null, majority: boolean) {
    this.#trace = trace;
    this.#majority = majority;
  }

  #step(cell: CellName, says: readonly string[], left: readonly string[]): void {
    if (this.possible === null || left.length < this.possible.length) this.#bits |= bitOf(cell);
    this.possible = left;
    this.#trace?.push({ cell, says, left, aside: false });
  }

  /** A cell that has to agree; one that says nothing changes nothing. */
  agree(cell: CellName, says: readonly string[]): void {
    if (says.length === 0) return;
    this.voices += 1;
    if (this.#majority) this.#bits |= bitOf(cell);
    this.#step(cell, says, this.possible === null ? says : common(this.possible, says));
  }

  /** A cell that may only choose among what is left. */
  choose(cell: CellName, says: readonly string[]): void {
    if (this.possible === null || this.possible.length < 2) return;
    const left = this.possible.filter((country) => says.includes(country));
    if (left.length > 0 && left.length < this.possible.length) this.#step(cell, says, left);
  }

  /** A cell that was heard and set aside. */
  ignore(cell: CellName, says: readonly string[]): void {
    if (says.length > 0) this.#trace?.push({ cell, says, left: this.possible ?? [], aside: true });
  }

  /** The countries left, if there are several. */
  get open(): readonly string[] {
    return this.possible !== null && this.possible.length > 1 ? this.possible : [];
  }

  /** Has one cell ruled out what the others allow? */
  get contradictory(): boolean {
    return this.possible !== null && this.possible.length === 0;
  }

  /** The cells that narrowed it down, as `city+postal_code`. */
  get source(): string {
    return sources[this.#bits] ?? '';
  }
}

/** A cell that speaks for this many countries is specific, and counts twice. */
const fewCountries = 3;

const points = ({ meant }: Voice): number => (meant.length <= fewCountries ? 2 : 1);

/**
 * Of voices that contradict each other, those that agree on the country that most of them speak for: at least two, and more than speak
 * for any other country, unless the same cells speak for both. None where no country is ahead.
 */
export function agreeing(voices: readonly Voice[]): readonly Voice[] {
  const support = new Map<string, number>();
  for (const voice of voices)
    for (const country of voice.meant) support.set(country, (support.get(country) ?? 0) + points(voice));
  const most = Math.max(0, ...support.values());
  const ahead = [...support.keys()].filter((country) => support.get(country) === most);
  const [first] = ahead;
  if (first === undefined) return [];
  const supporting = voices.filter(({ meant }) => meant.includes(first));
  const together = ahead.every((country) =>
    voices.every((voice) => voice.meant.includes(country) === supporting.includes(voice)),
  );
  if (supporting.length < 2 || !together) return [];
  return voices.filter(({ says }) => common(ahead, says).length > 0);
}
