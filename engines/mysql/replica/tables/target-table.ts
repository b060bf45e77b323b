/** A replicated table as the statements need it, read from the information schema of the target. */
import type { WrittenTable } from '../../../sink/replica/layouts.ts';
import { quoted } from '../../identifiers.ts';

/** A column that is written. */
export type TargetColumn = {
  readonly name: string;
  /** Its whole type, such as `decimal(10,2) unsigned`. */
  readonly type: string;
  /** Its type without length, in lower case: `decimal`. */
  readonly dataType: string;
  /** Its character set and collation; null if it holds no characters. */
  readonly charset: string | null;
  readonly collation: string | null;
  /** Most characters, or most bytes of a binary column; null for other types. */
  readonly length: number | null;
  /** Digits of a decimal, and those after the point; null for other types. */
  readonly precision: number | null;
  readonly scale: number | null;
  /** Digits of a second after the point; null for types without time. */
  readonly fraction: number | null;
  readonly isNullable: boolean;
  /** Whether an INSERT may leave it out. */
  readonly isOptional: boolean;
};

/** A table that is written. */
export type TargetTable = Omit<WrittenTable, 'columns'> & {
  readonly database: string;
  readonly table: string;
  /** As SQL names it. */
  readonly qualified: string;
  /** Number among the tables of this process. It is part of the names of its temporary tables. */
  readonly number: number;
  readonly columns: readonly TargetColumn[];
  /** Whether one of its rows can be in the way of another, because it has a unique key beside its primary key. */
  readonly canDefer: boolean;
  /** Names of its triggers. */
  readonly triggers: readonly string[];
  /** What orders its events: their LSN, or their offset where they carry none. */
  readonly orderBy: 'lsn' | 'offset';
};

/** Names of columns, separated by commas, each qualified by `alias` if there is one. */
export const listed = (names: readonly string[], alias?: string): string =>
  names.map((name) => `${alias === undefined ? '' : `${alias}.`}${quoted(name)}`).join(', ');

/** The condition that two relations have the same key. */
export const sameKey = (key: readonly string[], one: string, other: string): string =>
  key.map((name) => `${one}.${quoted(name)} = ${other}.${quoted(name)}`).join(' and ');

/** Definition of a column of the same type and collation in one of Sluice's own tables. */
export const ownColumn = ({ name, type, charset, collation }: TargetColumn, notNull: boolean): string =>
  `${quoted(name)} ${type}${charset === null || collation === null ? '' : ` character set ${charset} collate ${collation}`}${notNull ? ' not null' : ' null'}`;

/** Text as a literal. Backslashes are escapes in the SQL mode of a session. */
export const literal = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;
