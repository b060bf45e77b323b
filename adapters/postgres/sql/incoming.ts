/**
 * The temporary table `incoming` that COPY fills, and the text COPY reads. Made once per connection: creating it per
 * transaction would bloat the catalogue (rule 17). Sluice's own columns begin with `sluice_` and meet nobody's.
 */
import pg from 'pg';
import type { Batch } from '../../../pipeline/batch.ts';
import type { Cell, Change } from '../../../pipeline/change.ts';
import type { TableShape } from '../../../schemas/table-shape.ts';

/** Columns of `incoming` that hold the position. */
export const incomingPosition = ['sluice_generation', 'sluice_major', 'sluice_minor'] as const;

/**
 * Limits are checked by the merge, where one bad row can be told from its neighbours. `char` and `bit` without a number
 * would not be unlimited but of length 1.
 */
export const withoutModifier = (type: string): string =>
  type
    .replace(/\s*\(.*?\)/, '')
    .replace(/^char(?:acter)?(?! varying|acter)\b/i, 'bpchar')
    .replace(/^bit(?! varying)\b/i, 'varbit');

/** What a guard table needs to know of a DELETE: that it is one, and where it came from. */
export const deletionColumns = `sluice_deleted boolean not null, sluice_topic text, sluice_partition integer, sluice_offset bigint,
    sluice_record_key bytea, `;

/**
 * What became of the newer rows of `incoming`, from the statement that guards to the one that applies: with the position
 * that stood before, if there was one.
 */
export const createSettled = `create temporary table incoming_settled (sluice_ordinal integer not null,
    won boolean not null, forgotten boolean not null,
    stood_generation integer, stood_major bigint, stood_minor bigint) on commit delete rows`;

/** DDL of the stage tables: ordinal, batch number, position, then the columns of the change. */
export function createIncoming({ columns, guard }: TableShape): string {
  const cells = columns.map(({ name, type }) => `${pg.escapeIdentifier(name)} ${withoutModifier(type)}`).join(', ');
  const byTable = guard.kind === 'table';
  return `create temporary table incoming (sluice_ordinal integer not null, sluice_batch integer not null,
    sluice_generation integer not null, sluice_major bigint not null, sluice_minor bigint not null,
    ${byTable ? deletionColumns : ''}${cells}) on commit delete rows${byTable ? `; ${createSettled}` : ''}`;
}

/** COPY in the column order of `createIncoming`. */
export const copyIncoming = 'copy incoming from stdin';

const backslash = 92;
const special = /[\\\t\n\r]/;
const escapes: { readonly [char: string]: string } = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
/** Longer texts go the way of bytes, which costs no more than copying them, whatever they consist of. */
const long = 4_096;
/** By the code of a character, the letter that stands for it behind a backslash. All of them are one byte of UTF-8. */
const letters = new Uint8Array(256);
for (const [char, [, letter]] of Object.entries(escapes)) letters[char.charCodeAt(0)] = letter?.charCodeAt(0) ?? 0;

function escaped(text: string): string {
  if (text.length <= long) return text.replace(/[\\\t\n\r]/g, (char) => escapes[char] ?? char);
  const bytes = Buffer.from(text, 'utf8');
  const out = Buffer.allocUnsafe(2 * bytes.length);
  let end = 0;
  for (const byte of bytes) {
    const letter = letters[byte] ?? 0;
    if (letter !== 0) {
      out[end] = backslash;
      end += 1;
    }
    out[end] = letter === 0 ? byte : letter;
    end += 1;
  }
  return out.toString('utf8', 0, end);
}

/** One value in COPY's text format. Escaping the backslash keeps texts like `\N` and `\.` what they are (rule 18). */
export function copyCell(cell: Cell): string {
  if (cell === null) return '\\N';
  if (typeof cell === 'boolean') return cell ? 't' : 'f';
  return special.test(cell) ? escaped(cell) : cell;
}

const noDeletion = '\tf\t\\N\t\\N\t\\N\t\\N';

function copyDeletion({ operation, origin }: Change, topic: string, partition: number): string {
  if (operation !== 'delete') return noDeletion;
  const key = origin.key === null ? '\\N' : `\\\\x${origin.key.toString('hex')}`;
  return `\tt\t${copyCell(topic)}\t${partition}\t${origin.offset}\t${key}`;
}

/** Characters after which a piece of COPY text is handed on: a group is never held as text as a whole. */
const pieceLength = 64 * 1024;

/**
 * The rows of a group of batches as COPY text for a table, in pieces of whole rows, each made when it is asked for.
 * Ordinals count from 0 over the whole group.
 */
export function* copyText(group: readonly Batch<Change>[], { guard }: Pick<TableShape, 'guard'>): Generator<Buffer> {
  const byTable = guard.kind === 'table';
  let text = '';
  let ordinal = 0;
  for (const [index, { claim, records }] of group.entries()) {
    for (const record of records) {
      const { position, cells } = record;
      text += `${ordinal}\t${index}\t${position.generation}\t${position.major}\t${position.minor}`;
      if (byTable) text += copyDeletion(record, claim.topic, claim.partition);
      for (const cell of cells) text += `\t${copyCell(cell)}`;
      text += '\n';
      ordinal += 1;
      if (text.length < pieceLength) continue;
      yield Buffer.from(text, 'utf8');
      text = '';
    }
  }
  if (text !== '') yield Buffer.from(text, 'utf8');
}
