/**
 * Splits JSON lines: one value a line, blank lines skipped. A malformed line is handed on as it is, so that it harms only
 * itself. Until a line that opens an object was seen, lines are held back: a file without one is not JSON lines at all,
 * and refusing it whole is kinder than parking a picture line by line.
 */
import { isSpace, type JsonElement, JsonElementsError, OpenElement, type Splitter } from './json-element.ts';

const lineFeed = 10;
const objectOpen = 123;

/** How far into the file a line that opens an object must have come, in lines. */
const patience = 100;

/** Reads lines. `offset` is where the first chunk stands in the file. */
export class LineSplitter implements Splitter {
  readonly #open: OpenElement;
  #offset: number;
  #held: JsonElement[] = [];
  #sure = false;

  constructor(limit: number, offset: number) {
    this.#open = new OpenElement(limit);
    this.#offset = offset;
    this.#open.begin(0, offset);
  }

  push(chunk: Buffer): JsonElement[] {
    const done: JsonElement[] = [];
    let from = 0;
    for (let at = chunk.indexOf(lineFeed); at >= 0; at = chunk.indexOf(lineFeed, from)) {
      this.#line(this.#open.finish(chunk, at), done);
      from = at + 1;
      this.#open.begin(from, this.#offset + from);
    }
    if (from < chunk.length) this.#open.hold(chunk);
    else this.#open.begin(0, this.#offset + chunk.length);
    this.#offset += chunk.length;
    return done;
  }

  end(): JsonElement[] {
    const done: JsonElement[] = [];
    if (this.#open.held > 0) this.#line(this.#open.finish(Buffer.alloc(0), 0), done);
    if (this.#held.length > 0) this.#refuse();
    return done;
  }

  #line(line: JsonElement, done: JsonElement[]): void {
    let from = 0;
    let to = line.value.length;
    while (from < to && isSpace(line.value[from])) from += 1;
    while (to > from && isSpace(line.value[to - 1])) to -= 1;
    if (from === to) return;
    const value = line.value.subarray(from, to);
    const element = { value, start: line.start + from, end: line.start + to };
    if (this.#sure) {
      done.push(element);
      return;
    }
    if (value[0] === objectOpen) {
      if (value.length === 1) {
        throw new JsonElementsError(
          'one object over several lines; expected a JSON array or a value a line',
          element.start,
        );
      }
      this.#sure = true;
      done.push(...this.#held, element);
      this.#held = [];
    } else if (this.#held.push(element) >= patience) this.#refuse();
  }

  #refuse(): never {
    throw new JsonElementsError(
      "neither a JSON array nor JSON lines: it does not begin with '[', and no line opens an object",
      this.#held[0]?.start ?? 0,
    );
  }
}
