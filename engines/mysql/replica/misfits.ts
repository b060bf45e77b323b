/** Finds out whether an error of the server comes from the definition of a table, so that no record is parked for it (rule 19). */
import { declaredType } from '../../../formats/debezium/postgres/pg-type.ts';
import type { Row } from '../../../formats/debezium/row-event.ts';
import type { SourceTable } from '../../../schemas/table-name.ts';
import type { Cause } from '../../sink/rows.ts';
import type { Session } from '../connection/session.ts';
import { errnoOf } from '../errors.ts';
import { quoted } from '../identifiers.ts';
import { readTable } from './tables/read-table.ts';
import type { TargetColumn, TargetTable } from './tables/target-table.ts';

/** Server errors: a column that cannot be null, and a text that is too long for its column. */
const [cannotBeNull, tooLong] = [1048, 1406];

/** The definition of a table as far as its statements depend on it. */
const textOf = ({ columns, key }: Pick<TargetTable, 'columns' | 'key'>): string => JSON.stringify([columns, key]);

/** For one session. */
export class Misfits {
  /** The definition for which `altered` was last returned, by table: once for each definition, or the retries would not end. */
  readonly #reported = new Map<string, string>();
  readonly #isNotNull: (table: SourceTable, column: string) => boolean | undefined;

  /** @param isNotNull whether a column is NOT NULL in the source's catalogue; undefined if it is unknown. */
  constructor(isNotNull: (table: SourceTable, column: string) => boolean | undefined = () => undefined) {
    this.#isNotNull = isNotNull;
  }

  /** What caused an error. `row` is the row that was refused, null if the error is not of a single row. Within the transaction. */
  async causeOf(session: Session, table: TargetTable, row: Row | null, error: unknown): Promise<Cause> {
    const found = await readTable(session, table.database, table.table);
    const now = found ? textOf(found) : 'missing';
    if (now !== textOf(table) && now !== this.#reported.get(table.name)) {
      this.#reported.set(table.name, now);
      return 'altered';
    }
    const message = error instanceof Error ? error.message : String(error);
    const [, name] = /column '([^']+)'/i.exec(message) ?? [];
    const column = table.columns.find((one) => one.name === name);
    if (row === null || column === undefined) return 'record';
    const change = (why: string, type: string): Cause => ({
      table: table.name,
      reason: `its column "${column.name}" ${why}`,
      statements: [
        `ALTER TABLE ${table.qualified} MODIFY ${quoted(column.name)} ${type}${column.isNullable ? '' : ' NOT NULL'};`,
      ],
      note: null,
    });
    // The source refuses such a row as well, so that the record is damaged.
    if (errnoOf(error) === cannotBeNull && this.#sourceRequires(table, row, column.name)) return 'record';
    if (errnoOf(error) === cannotBeNull && !table.key.includes(column.name))
      return {
        ...{
          table: table.name,
          note: null,
          reason: `its column "${column.name}" is NOT NULL, and that of the source is not`,
        },
        statements: [`ALTER TABLE ${table.qualified} MODIFY ${quoted(column.name)} ${column.type} NULL;`],
      };
    const length = errnoOf(error) === tooLong ? declaredLength(row, column) : null;
    return length === null
      ? 'record'
      : change(`is shorter than that of the source, ${length} characters`, `VARCHAR(${length})`);
  }

  /** Whether the column is NOT NULL at the source, by its catalogue, or else by the schema of the message. */
  #sourceRequires({ at }: TargetTable, { shape }: Row, column: string): boolean {
    const field = shape.fields?.[shape.columns.indexOf(column)];
    return this.#isNotNull(at, column) ?? field?.optional === false;
  }
}

/** The length of a varchar at the source, if it is greater than that of the column; else null. */
function declaredLength({ shape }: Row, { name, length }: TargetColumn): number | null {
  const field = shape.fields?.[shape.columns.indexOf(name)];
  const declared = field && declaredType(field);
  const [most] = declared?.name === 'varchar' ? declared.modifiers : [];
  return most !== undefined && most > (length ?? Number.POSITIVE_INFINITY) && most <= longestVarchar ? most : null;
}

/** Characters of utf8mb4 in a row of 65,535 bytes. */
const longestVarchar = 16_383;
