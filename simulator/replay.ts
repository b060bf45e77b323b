/**
 * Turns a file of events into messages with the exact bytes of each element, keyed by its id as text. In continuous mode the
 * first cycle sends the file unchanged. Each later cycle sends the same changes as new ones: all sequence numbers and times
 * are shifted alike, so that duplicates and late events remain such.
 */
import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { elementGroups } from '../adapters/file/elements.ts';
import { memberSpans } from '../formats/json/members.ts';
import type { Outgoing } from './produce.ts';

const maxSequence = 2n ** 63n - 1n;
const minSequence = -(2n ** 63n);
const dayMs = 86_400_000;
const integer = /^-?(?:0|[1-9]\d{0,18})$/;
const times = ['cdc_timestamp', 'updated_at'] as const;
const names = new Set(['id', 'cdc_sequence', ...times]);

/** Ranges of numbers and times in the file, from which later cycles are shifted. Null when the file has none. */
export type FileRange = {
  lowest: bigint | null;
  highest: bigint | null;
  /** Milliseconds since 1970. */
  earliest: number | null;
  latest: number | null;
};

/** The shift of a cycle: sequence numbers by a number, times by whole days. */
export type Shift = { readonly sequence: bigint; readonly days: number };

/** A range that the first cycle fills. */
export const emptyRange = (): FileRange => ({ lowest: null, highest: null, earliest: null, latest: null });

/**
 * The shift that moves the file's lowest number to `start`, in cycle `cycle` (1 is the first shifted one). The times of each
 * cycle begin after the end of the previous one. Throws a `RangeError` when the numbers would exceed 64 bits.
 */
export function shiftFor(range: FileRange, start: bigint, cycle: number): Shift {
  const sequence = range.lowest === null ? 0n : start - range.lowest;
  if (range.highest !== null && range.highest + sequence > maxSequence) {
    throw new RangeError(`no sequence numbers are left: this cycle would end above ${maxSequence}`);
  }
  const span = range.earliest === null || range.latest === null ? 0 : range.latest - range.earliest;
  return { sequence, days: cycle * (Math.floor(span / dayMs) + 1) };
}

/** The number in a literal, with or without quotes; null unless it is an int64. */
function readSequence(literal: string): bigint | null {
  const digits = literal.startsWith('"') ? literal.slice(1, -1) : literal;
  if (!integer.test(digits)) return null;
  const value = BigInt(digits);
  return value >= minSequence && value <= maxSequence ? value : null;
}

/** Milliseconds since 1970 of a quoted ISO timestamp; null for anything else. */
function readTime(literal: string): number | null {
  if (!/^"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?"$/.test(literal)) return null;
  const text = literal.slice(1, -1).replace(' ', 'T');
  const ms = Date.parse(/Z|[+-]\d\d:\d\d$/.test(text) ? text : `${text}Z`);
  return Number.isNaN(ms) ? null : ms;
}

/** The timestamp some days later; only its date changes. */
function moveTime(literal: string, days: number): string {
  const midnight = Date.parse(`${literal.slice(1, 11)}T00:00:00Z`);
  const moved = new Date(midnight + days * dayMs).toISOString();
  return moved.length === 24 ? `"${moved.slice(0, 10)}${literal.slice(11)}` : literal;
}

/** The key of an event: its id as written, without quotes; null when there is none. */
function keyOf(literal: string | undefined): string | null {
  if (literal === undefined || literal === 'null' || literal.startsWith('{') || literal.startsWith('[')) return null;
  return literal.startsWith('"') ? (JSON.parse(literal) as string) : literal;
}

function isJsonObject(text: string): boolean {
  if (!text.startsWith('{')) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** One element as a message; notes its range when given one, moves it when given a shift. */
export function elementMessage(value: Buffer, range: FileRange | null, shift: Shift | null): Outgoing {
  const text = isUtf8(value) ? value.toString() : '';
  if (!isJsonObject(text)) return { key: null, value };
  const spans = memberSpans(text, names);
  const literal = (name: string): string | undefined => {
    const span = spans.get(name);
    return span && text.slice(span.start, span.end);
  };
  const key = keyOf(literal('id'));
  const sequence = readSequence(literal('cdc_sequence') ?? '');
  if (range) {
    if (sequence !== null) {
      if (range.lowest === null || sequence < range.lowest) range.lowest = sequence;
      if (range.highest === null || sequence > range.highest) range.highest = sequence;
    }
    const time = readTime(literal('cdc_timestamp') ?? '');
    if (time !== null) {
      range.earliest = Math.min(range.earliest ?? time, time);
      range.latest = Math.max(range.latest ?? time, time);
    }
  }
  if (!shift) return { key, value };

  const edits: { start: number; end: number; text: string }[] = [];
  const edit = (name: string, change: (old: string) => string) => {
    const span = spans.get(name);
    if (span) edits.push({ ...span, text: change(text.slice(span.start, span.end)) });
  };
  if (sequence !== null) {
    const next = sequence + shift.sequence;
    edit('cdc_sequence', (old) => (old.startsWith('"') ? `"${next}"` : String(next)));
  }
  for (const name of times) {
    edit(name, (old) => (readTime(old) === null ? old : moveTime(old, shift.days)));
  }
  let moved = text;
  for (const { start, end, text: part } of edits.sort((a, b) => b.start - a.start)) {
    moved = moved.slice(0, start) + part + moved.slice(end);
  }
  return { key, value: Buffer.from(moved) };
}

/**
 * Yields the elements of a file, or of standard input (`-`), in order. Throws errors of opening and reading (ENOENT, EACCES,
 * EISDIR), and `MalformedFile` when the file does not contain JSON values.
 */
export async function* replayFile(
  path: string,
  range: FileRange | null,
  shift: Shift | null,
): AsyncGenerator<Outgoing[]> {
  const chunks = (path === '-' ? process.stdin : createReadStream(path)) as AsyncIterable<Buffer>;
  for await (const group of elementGroups(chunks, { name: path })) {
    yield group.map(({ value }) => elementMessage(value, range, shift));
  }
}
