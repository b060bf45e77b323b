/** The messages of `sluice enrich` about records that `run` would park, one by one and at the end. */
import type { OrderBy } from '../../schemas/order-by.ts';
import type { Rejection } from '../../schemas/rejection.ts';

/** Returns true if a record lacks only its order. Its columns can be computed without it. */
export const lacksOrder = ({ code, field }: Rejection, orderBy: OrderBy): boolean =>
  code === 'missing_field' &&
  ((orderBy === 'sequence' && field === 'cdc_sequence') || (orderBy === 'timestamp' && field === 'cdc_timestamp'));

/** Counts the records, and why `run` would park some of them. */
export class Refusals {
  #read = 0;
  readonly #refused = new Reasons();
  /** Records that are printed, although `run` would park them. */
  readonly #shown = new Reasons();

  /** Counts a record that `run` would write. */
  take(): void {
    this.#read += 1;
  }

  /** Counts a record that `run` would park. Returns the message about it. */
  park({ code, message, field }: Rejection, isShown: boolean): string {
    this.#read += 1;
    (isShown ? this.#shown : this.#refused).add(field === undefined ? code : `${code} of ${field}`);
    const although = isShown ? '; shown, but `npx sluice run` would park it' : '';
    return `record ${this.#read}: ${code}: ${message}${although}`;
  }

  /** Records that `run` would park. */
  get parked(): number {
    return this.#refused.total + this.#shown.total;
  }

  /** Returns the messages at the end; none if `run` would write every record. */
  summary(isCutShort: boolean, isMapped: boolean): string[] {
    const [read, refused, shown] = [this.#read, this.#refused, this.#shown];
    if (read === 0) return isCutShort ? [] : ['no records were found'];
    if (this.parked === 0) return [];
    const first = isCutShort ? `of the first ${read} records read` : `of ${read} records`;
    const lines: string[] = [];
    if (refused.total > 0) lines.push(`${refused.total} ${first} were refused: ${refused.describe()}`);
    if (shown.total > 0)
      lines.push(`${shown.total} ${first} are shown, but \`npx sluice run\` would park them: ${shown.describe()}`);
    if (shown.has('missing_field of cdc_sequence') || refused.has('missing_field of cdc_sequence'))
      lines.push('for events without cdc_sequence use --order-by timestamp or offset, here and in run');
    if (this.parked < read) return lines;
    const why = isMapped ? 'Does the map fit these records?' : 'A map assigns your fields: --map FILE.';
    return [...lines, `warning: run would write none of these records. ${why} See docs/start/your-own-data.md`];
  }
}

/** Reasons and how often each was given. */
class Reasons {
  total = 0;
  readonly #counts = new Map<string, number>();

  add(reason: string): void {
    this.total += 1;
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }

  has(reason: string): boolean {
    return this.#counts.has(reason);
  }

  describe(): string {
    return [...this.#counts].map(([reason, count]) => `${reason} (${count})`).join(', ');
  }
}
