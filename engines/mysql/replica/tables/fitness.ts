/** What a table must be like so that rows can be replicated into it without loss. */
import type { RowEvent } from '../../../../formats/debezium/row-event.ts';
import type { Misfit } from '../../../../pipeline/misfit.ts';
import { exactCollation } from '../../collation.ts';
import type { Session } from '../../connection/session.ts';
import { quoted } from '../../identifiers.ts';
import { mostColumns } from '../staging/staging-tables.ts';
import type { FoundTable } from './read-table.ts';

/** Collations that take no two texts for equal, not even `a` and `a `. */
const exactCollations = {
  mariadb: /^(?:binary|.*_nopad_bin)$/,
  mysql: /^(?:binary|utf8mb4_0900_bin)$/,
};

/** Why a table cannot be written; undefined if it can. */
export function misfitOfTable(session: Session, found: FoundTable, event: RowEvent): Omit<Misfit, 'table'> | undefined {
  const { qualified, columns, key } = found;
  const because = (reason: string, statements: readonly string[] = [], note: string | null = null) => ({
    ...{ reason, statements, note },
  });
  if (!found.isBaseTable) return because('it is no table');
  if (found.storageEngine !== 'innodb')
    return because(`its storage engine ${found.storageEngine} has no transactions`, [
      `ALTER TABLE ${qualified} ENGINE=InnoDB;`,
    ]);
  if (columns.length > mostColumns)
    return because(`it has ${columns.length} columns, and at most ${mostColumns} can be staged`);
  if (found.keyPrefixes.length > 0)
    return because(`its primary key has only the first characters of ${found.keyPrefixes.join(', ')}`);
  const folding = columns.filter(
    ({ name, collation, dataType }) =>
      key.includes(name) &&
      /char|text/.test(dataType) &&
      collation !== null &&
      !exactCollations[session.flavor].test(collation),
  );
  if (folding.length > 0)
    return because(
      `the collation of its key takes different texts for equal (${folding.map(({ name, collation }) => `${name}: ${collation}`).join(', ')})`,
      folding.map(
        ({ name, type }) =>
          `ALTER TABLE ${qualified} MODIFY ${quoted(name)} ${type} CHARACTER SET utf8mb4 COLLATE ${exactCollation[session.flavor]} NOT NULL;`,
      ),
      'Two rows of the source could become one.',
    );
  return misfitOfDefaults(found, event);
}

/** Columns that a new row needs and that the source does not have. */
function misfitOfDefaults(
  { qualified, columns }: FoundTable,
  { operation, after }: RowEvent,
): Omit<Misfit, 'table'> | undefined {
  if (after === null || operation === 'update') return undefined;
  const needed = columns.filter(({ name, isOptional }) => !isOptional && !after.shape.columns.includes(name));
  if (needed.length === 0) return undefined;
  return {
    reason: `its column ${needed.map(({ name }) => `"${name}"`).join(', ')} has no default, and the source does not have it`,
    statements: needed.map(({ name, type }) => `ALTER TABLE ${qualified} MODIFY ${quoted(name)} ${type} NULL;`),
    note: null,
  };
}
