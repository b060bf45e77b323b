/**
 * The temporary table `incoming` that COPY fills, and the text COPY reads. Made once per connection: creating it per
 * transaction would bloat the catalogue (rule 17). Sluice's own columns begin with `sluice_` and meet nobody's.
 */
import pg from 'pg';
import type { Batch } from '../../../../pipeline/batch.ts';
import type { Change } from '../../../../pipeline/change.ts';
import type { TableShape } from '../../../../schemas/table-shape.ts';
import { maxUtf8Bytes } from '../../load/copy-rows.ts';
import { copyCell } from '../../load/copy-text.ts';

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

/** DDL of the stage tables: ordinal, batch number, what a guard table needs, then the row of the change. */
export function createIncoming({ columns, guard }: TableShape): string {
  const cells = columns.map(({ name, type }) => `${pg.escapeIdentifier(name)} ${withoutModifier(type)}`).join(', ');
  const byTable = guard.kind === 'table';
  return `create temporary table incoming (sluice_ordinal integer not null, sluice_batch integer not null,
    ${byTable ? deletionColumns : ''}sluice_generation integer not null, sluice_major bigint not null,
    sluice_minor bigint not null, ${cells}) on commit delete rows${byTable ? `; ${createSettled}` : ''}`;
}

/** COPY in the column order of `createIncoming`. */
export const copyIncoming = 'copy incoming from stdin';

const noDeletion = 'f\t\\N\t\\N\t\\N\t\\N\t';

function copyDeletion({ operation, origin }: Change, topic: string, partition: number): string {
  if (operation !== 'delete') return noDeletion;
  const key = origin.key === null ? '\\N' : `\\\\x${origin.key.toString('hex')}`;
  return `t\t${copyCell(topic)}\t${partition}\t${origin.offset}\t${key}\t`;
}

/** Bytes of a piece of COPY text: a group is never held as text as a whole. */
const pieceBytes = 64 * 1024;
const newline = 10;

/**
 * The rows of a group of batches as COPY text for a table, in pieces of whole rows, each made when it is asked for.
 * Ordinals count from 0 over the whole group.
 */
export function* copyText(group: readonly Batch<Change>[], { guard }: Pick<TableShape, 'guard'>): Generator<Buffer> {
  const byTable = guard.kind === 'table';
  let piece = Buffer.allocUnsafe(pieceBytes);
  let used = 0;
  let ordinal = 0;
  for (const [index, { claim, records }] of group.entries()) {
    for (const record of records) {
      const { block, start, end } = record.row;
      let head = `${ordinal}\t${index}\t`;
      if (byTable) head += copyDeletion(record, claim.topic, claim.partition);
      ordinal += 1;
      const bytes = maxUtf8Bytes * head.length + end - start + 1;
      if (used + bytes > piece.length) {
        if (used > 0) yield piece.subarray(0, used);
        piece = Buffer.allocUnsafe(Math.max(bytes, pieceBytes));
        used = 0;
      }
      used += piece.write(head, used, 'utf8');
      used += block.copy(piece, used, start, end);
      piece[used] = newline;
      used += 1;
    }
  }
  if (used > 0) yield piece.subarray(0, used);
}
