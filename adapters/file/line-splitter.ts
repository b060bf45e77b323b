/**
 * Splits JSON lines: one value a line, without blank lines. A malformed line is passed on, so that it is parked alone. Lines
 * are held back until one opens an object. A file without such a line, for example a picture, is not JSON lines, and
 * rejecting it is better than parking it line by line.
 */
import { isSpace, openBrace } from '../../formats/json/scan.ts';
import { type FileElement, MalformedFile, OpenElement, type Splitter, type Tail } from './element.ts';
import { notJson } from './foreign-format.ts';

const lineFeed = 10;

/** Lines within which one must open an object. */
const maxHeldLines = 100;

/** Reads lines. `offset` is the position of the first chunk in the file. */
export class LineSplitter implements Splitter {
  readonly #open: OpenElement;
  /** Name of the file, for advice. */
  readonly #name: string;
  #offset: number;
  #held: FileElement[] = [];
  #sure = false;

  constructor(limit: number, offset: number, name: string) {
    this.#open = new OpenElement(limit);
    this.#name = name;
    this.#offset = offset;
    this.#open.begin(0, offset);
  }

  push(chunk: Buffer): FileElement[] {
    const done: FileElement[] = [];
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

  end(): { readonly done: FileElement[]; readonly tail: Tail | undefined } {
    const done: FileElement[] = [];
    const tail = this.#open.held > 0 ? this.#last(this.#open.finish(Buffer.alloc(0), 0), done) : undefined;
    if (this.#held.length > 0) this.#refuse();
    return { done, tail };
  }

  /** Handles a last line without a line feed. Whole JSON is an element; anything else may still be written. */
  #last(line: FileElement, done: FileElement[]): Tail | undefined {
    const element = trimmed(line);
    if (element === undefined) return undefined;
    if (!isWhole(element.value)) {
      if (this.#sure || element.value[0] === openBrace) return { element, state: 'incomplete' };
    }
    this.#line(line, done);
    return undefined;
  }

  #line(line: FileElement, done: FileElement[]): void {
    const element = trimmed(line);
    if (element === undefined) return;
    const { value } = element;
    if (this.#sure) {
      done.push(element);
      return;
    }
    if (value[0] === openBrace) {
      // A value that ends like this continues in the next line.
      if (/[{[,:]$/.test(value.toString('latin1', value.length - 1))) {
        throw new MalformedFile(
          'one object over several lines; expected a JSON array or one value a line',
          element.start,
          `One line for each object: jq -c . ${this.#name}`,
        );
      }
      this.#sure = true;
      done.push(...this.#held, element);
      this.#held = [];
    } else if (this.#held.push(element) >= maxHeldLines) this.#refuse();
  }

  #refuse(): never {
    const [first] = this.#held;
    throw notJson(first?.value ?? Buffer.alloc(0), first?.start ?? 0, this.#name);
  }
}

/** The line without surrounding white space; undefined for a blank line. */
function trimmed({ value, start }: FileElement): FileElement | undefined {
  let from = 0;
  let to = value.length;
  while (from < to && isSpace(value[from])) from += 1;
  while (to > from && isSpace(value[to - 1])) to -= 1;
  return from === to ? undefined : { value: value.subarray(from, to), start: start + from, end: start + to };
}

/** True for complete JSON. A number does not count, because more digits may follow. */
function isWhole(value: Buffer): boolean {
  try {
    return typeof JSON.parse(value.toString()) !== 'number';
  } catch {
    return false;
  }
}
