/** Statements that are printed for a person, to make a table accept the rows of its source. */
import type { Field } from '../../../../formats/debezium/connect-schema.ts';
import { declaredType } from '../../../../formats/debezium/postgres/pg-type.ts';
import type { RowEvent } from '../../../../formats/debezium/row-event.ts';
import { exactCollation } from '../../collation.ts';
import type { Session } from '../../connection/session.ts';
import { quoted } from '../../identifiers.ts';

/** Types by PostgreSQL's name. */
const types: ReadonlyMap<string, string> = new Map([
  ['bool', 'TINYINT(1)'],
  ['int2', 'SMALLINT'],
  ['int4', 'INT'],
  ['int8', 'BIGINT'],
  ['smallserial', 'SMALLINT'],
  ['serial', 'INT'],
  ['bigserial', 'BIGINT'],
  ['float4', 'FLOAT'],
  ['float8', 'DOUBLE'],
  ['date', 'DATE'],
  ['time', 'TIME(6)'],
  ['timestamp', 'DATETIME(6)'],
  ['timestamptz', 'DATETIME(6)'],
  ['uuid', 'CHAR(36)'],
  ['bytea', 'LONGBLOB'],
  ['json', 'JSON'],
  ['jsonb', 'JSON'],
]);

/** Types by that of Kafka Connect, where the source's type is not known. */
const connectTypes: ReadonlyMap<string, string> = new Map([
  ['boolean', 'TINYINT(1)'],
  ['int16', 'SMALLINT'],
  ['int32', 'INT'],
  ['int64', 'BIGINT'],
  ['float32', 'FLOAT'],
  ['float64', 'DOUBLE'],
  ['bytes', 'LONGBLOB'],
]);

/** Most characters of a text that can be part of a key: an entry of an index has 3,072 bytes. */
const keyLength = 768;

/** The type for a column of the source. Without a schema, or for a type that is not listed, it is text. */
function typeFor(session: Session, field: Field | null, isKey: boolean): string {
  const text = `${isKey ? `VARCHAR(${keyLength})` : 'LONGTEXT'} CHARACTER SET utf8mb4 COLLATE ${exactCollation[session.flavor]}`;
  if (field === null) return text;
  const declared = declaredType(field);
  if (declared === null) return (field.semantic === null ? connectTypes.get(field.type) : undefined) ?? text;
  if (declared.array) return text;
  const [length = 0, scale = 0] = declared.modifiers;
  if (declared.name === 'numeric' && length > 0 && length <= 65 && scale >= 0 && scale <= 30)
    return `DECIMAL(${length},${scale})`;
  return types.get(declared.name) ?? text;
}

/** The columns of the row that an event writes. */
function columnsOf({
  after,
  before,
  key,
}: RowEvent): readonly { readonly name: string; readonly field: Field | null }[] {
  const shape = (after ?? before ?? key)?.shape;
  return (shape?.columns ?? []).map((name, index) => ({ name, field: shape?.fields?.[index] ?? null }));
}

/** `ALTER TABLE … ADD COLUMN …` for columns of an event that the table lacks. */
export const addColumns = (
  session: Session,
  qualified: string,
  event: RowEvent,
  names: readonly string[],
): readonly string[] =>
  columnsOf(event)
    .filter(({ name }) => names.includes(name))
    .map(
      ({ name, field }) =>
        `ALTER TABLE ${qualified} ADD COLUMN ${quoted(name)} ${typeFor(session, field, false)} NULL;`,
    );

/** `CREATE TABLE …` for the table of an event, as far as the event describes it. */
export function createTable(session: Session, qualified: string, event: RowEvent): readonly string[] {
  const columns = columnsOf(event);
  if (columns.length === 0) return [];
  const key = event.key?.shape.columns ?? [];
  const parts = columns.map(({ name, field }) => {
    const isKey = key.includes(name);
    return `${quoted(name)} ${typeFor(session, field, isKey)}${isKey || field?.optional === false ? ' NOT NULL' : ' NULL'}`;
  });
  if (key.length > 0) parts.push(`PRIMARY KEY (${key.map(quoted).join(', ')})`);
  return [`CREATE TABLE ${qualified} (${parts.join(', ')}) ENGINE=InnoDB;`];
}
