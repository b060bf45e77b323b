/**
 * The staging table `incoming`, and its COPY text. It is created once per connection, because creating it in every transaction
 * would bloat the catalogue (rule 17). Sluice's own columns begin with `sluice_`, to avoid conflicts.
 */
import pg from 'pg';
import type { Batch } from '../../../../pipeline/batch.ts';
import type { Change } from '../../../../pipeline/change.ts';
import type { TableShape } from '../../../../schemas/table-shape.ts';
import { maxUtf8Bytes } from '../../load/copy-rows.ts';
import { copyCell } from '../../load/copy-text.ts';

/** Position columns of `incoming`. */
export const incomingPosition = ['sluice_generation', 'sluice_major', 'sluice_minor'] as const;

/**
 * Removes length, precision and scale from a type. The merge checks these limits instead, because only the merge can find the
 * bad row in a group. `char` and `bit` without a length would have length 1, so they become `bpchar` and `varbit`.
 */
export const withoutModifier = (type: string): string =>
  type
    .replace(/\s*\(.*?\)/, '')
    .replace(/^char(?:acter)?(?! varying|acter)\b/i, 'bpchar')
    .replace(/^bit(?! varying)\b/i, 'varbit');

/** Columns that a guard table needs for a DELETE: the flag, and the origin of the record. */
export const deletionColumns = `sluice_deleted boolean not null, sluice_topic text, sluice_partition integer, sluice_offset bigint,
    sluice_record_key bytea, `;

/**
 * For each row of `incoming` that is newer than its guard row: the result of the guard statement for the merge statement, with the
 * former position if there was one.
 */
export const createSettled = `create temporary table incoming_settled (sluice_ordinal integer not null,
    won boolean not null, forgotten boolean not null,
    stood_generation integer, stood_major bigint, stood_minor bigint) on commit delete rows`;

/** DDL of the staging tables: ordinal, batch number, columns for a guard table, then the row of the change. */
export function createIncoming({ columns, guard }: TableShape): string {
  const cells = columns.map(({ name, type }) => `${pg.escapeIdentifier(name)} ${withoutModifier(type)}`).join(', ');
  const hasGuardTable = guard.kind === 'table';
  return `create temporary table incoming (sluice_ordinal integer not null, sluice_batch integer not null,
    ${hasGuardTable ? deletionColumns : ''}sluice_generation integer not null, sluice_major bigint not null,
    sluice_minor bigint not null, ${cells}) on commit delete rows${hasGuardTable ? `; ${createSettled}` : ''}`;
}

/** COPY into all columns, in the order of `createIncoming`. */
export const copyIncoming = 'copy incoming from stdin';

const noDeletion = 'f\t\\N\t\\N\t\\N\t\\N\t';

function copyDeletion({ operation, origin }: Change, topic: string, partition: number): string {
  if (operation !== 'DELETE') return noDeletion;
  const key = origin.key === null ? '\\N' : `\\\\x${origin.key.toString('hex')}`;
  return `t\t${copyCell(topic)}\t${partition}\t${origin.offset}\t${key}\t`;
}

/** The size of a chunk of COPY text, so that the text of a whole group is never in memory. */
const chunkBytes = 64 * 1024;
const newline = 10;

/**
 * Yields the rows of a group of batches as COPY text, in chunks of whole rows. Ordinals count from 0 over the whole group.
 */
export function* copyText(group: readonly Batch<Change>[], { guard }: Pick<TableShape, 'guard'>): Generator<Buffer> {
  const hasGuardTable = guard.kind === 'table';
  let chunk = Buffer.allocUnsafe(chunkBytes);
  let used = 0;
  let ordinal = 0;
  for (const [index, { claim, records }] of group.entries()) {
    for (const record of records) {
      const { block, start, end } = record.row;
      let head = `${ordinal}\t${index}\t`;
      if (hasGuardTable) head += copyDeletion(record, claim.topic, claim.partition);
      ordinal += 1;
      const bytes = maxUtf8Bytes * head.length + end - start + 1;
      if (used + bytes > chunk.length) {
        if (used > 0) yield chunk.subarray(0, used);
        chunk = Buffer.allocUnsafe(Math.max(bytes, chunkBytes));
        used = 0;
      }
      used += chunk.write(head, used, 'utf8');
      used += block.copy(chunk, used, start, end);
      chunk[used] = newline;
      used += 1;
    }
  }
  if (used > 0) yield chunk.subarray(0, used);
}
