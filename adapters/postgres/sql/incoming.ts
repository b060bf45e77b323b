/**
 * The temporary table `incoming` that COPY fills, and the text COPY reads. Made once per connection: creating it per
 * transaction would bloat the catalogue (rule 17).
 */
import type { Batch } from '../../../pipeline/batch.ts';
import type { Cell, Change } from '../../../pipeline/change.ts';
import type { TableShape } from '../../../schemas/table-shape.ts';

/** Limits are checked by the merge, where one bad row can be told from its neighbours. */
const withoutModifier = (type: string): string => type.replace(/\(.*\)/, '');

/** DDL of the stage table: ordinal, batch number, position, then the columns of the change. */
export function createIncoming({ columns, guard: [generation, major, minor] }: TableShape): string {
  const cells = columns.map(({ name, type }) => `${name} ${withoutModifier(type)}`).join(', ');
  return `create temporary table incoming (ordinal integer not null, batch integer not null,
    ${generation} integer not null, ${major} bigint not null, ${minor} bigint not null, ${cells}) on commit delete rows`;
}

/** COPY in the column order of `createIncoming`. */
export const copyIncoming = 'copy incoming from stdin';

const special = /[\\\t\n\r]/;
const escapes: { readonly [char: string]: string } = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** One value in COPY's text format. Escaping the backslash keeps texts like `\N` and `\.` what they are (rule 18). */
export function copyCell(cell: Cell): string {
  if (cell === null) return '\\N';
  if (typeof cell === 'boolean') return cell ? 't' : 'f';
  return special.test(cell) ? cell.replace(/[\\\t\n\r]/g, (char) => escapes[char] ?? char) : cell;
}

/** The rows of a group of batches as one COPY text. Ordinals count from 0 over the whole group. */
export function copyText(group: readonly Batch<Change>[]): Buffer {
  let text = '';
  let ordinal = 0;
  for (const [index, batch] of group.entries()) {
    for (const { position, cells } of batch.records) {
      text += `${ordinal}\t${index}\t${position.generation}\t${position.major}\t${position.minor}`;
      for (const cell of cells) text += `\t${copyCell(cell)}`;
      text += '\n';
      ordinal += 1;
    }
  }
  return Buffer.from(text, 'utf8');
}
