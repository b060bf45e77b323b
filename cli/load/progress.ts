/** Shows how far a load is: one line that is rewritten on a terminal, a line every ten seconds elsewhere. */
import type { ServiceEvent } from '../../services/events.ts';

const terminalIntervalMs = 250;
const logIntervalMs = 10_000;

/** Columns of the bar. */
const barWidth = 24;

type TableProgress = { rows: number; estimate: number };

/** Counts the loaded rows of each table. */
export class LoadProgress {
  readonly #print: (line: string) => void;
  readonly #tables = new Map<string, TableProgress>();
  readonly #began = performance.now();
  readonly #timer: NodeJS.Timeout;
  readonly #isTerminal: boolean;
  /** Rows that were durable before this run. */
  #before = 0;
  #latest = '';

  constructor(print: (line: string) => void, isTerminal: boolean = process.stderr.isTTY) {
    this.#print = print;
    this.#isTerminal = isTerminal;
    this.#timer = setInterval(() => this.#show(), isTerminal ? terminalIntervalMs : logIntervalMs);
    this.#timer.unref();
  }

  readonly note = (event: ServiceEvent): void => {
    if (event.type === 'loadPlanned') {
      this.#before += event.durable;
      this.#tables.set(event.table, { rows: event.durable, estimate: Math.max(event.rows ?? 0, event.durable) });
    }
    if (event.type === 'chunkLoaded') {
      const found = this.#tables.get(event.table) ?? { rows: 0, estimate: 0 };
      found.rows += event.rows + event.refused;
      found.estimate = Math.max(found.estimate, found.rows);
      this.#tables.set(event.table, found);
      this.#latest = event.table;
    }
  };

  end(): void {
    clearInterval(this.#timer);
    if (!this.#isTerminal || this.#tables.size === 0) return;
    this.#show();
    process.stderr.write('\n');
  }

  #show(): void {
    if (this.#tables.size === 0) return;
    const line = this.line(performance.now() - this.#began);
    if (this.#isTerminal) process.stderr.write(`\r\u001b[2K${line}`);
    else this.#print(line);
  }

  /** The progress after so many milliseconds. The numbers of rows of the source are estimates. */
  line(elapsedMs: number): string {
    const all = [...this.#tables.values()];
    const rows = all.reduce((sum, one) => sum + one.rows, 0);
    const estimate = all.reduce((sum, one) => sum + one.estimate, 0);
    const share = estimate === 0 ? 0 : Math.min(1, rows / estimate);
    const perSecond = elapsedMs <= 0 ? 0 : ((rows - this.#before) / elapsedMs) * 1000;
    const left = perSecond > 0 ? `${Math.ceil((estimate - rows) / perSecond)} s left` : 'no rate yet';
    const filled = Math.round(share * barWidth);
    const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled);
    const counts = `${rows.toLocaleString('en')} of about ${estimate.toLocaleString('en')} rows`;
    return `${bar} ${Math.floor(share * 100)}% ${counts}, ${Math.round(perSecond).toLocaleString('en')} rows/s, ${left} ${this.#latest}`.trimEnd();
  }
}
