/** The tables of the soak `mariadb-hostile`: at the source, and as their messages describe them. */
import type { CapturedTable } from './debezium-message.ts';

/** Statements for an empty source. */
export const hostileDdl = `
  create table people (
    id bigint primary key, name varchar(20) not null, age smallint, score numeric(6,2), born date, seen timestamp,
    active boolean not null, ratio double precision, note varchar(100), data jsonb, raw bytea);
  create table codes (code varchar(10) collate "C" primary key, value text);
  create table log (n integer, text varchar(20));
  alter table log replica identity full;
  create table widened (id bigint primary key);
`;

const unlimited = 2_147_483_647;

export const people: CapturedTable = {
  name: 'people',
  key: ['id'],
  columns: [
    { name: 'id', type: 'int64', isRequired: true, source: ['INT8', 19, 0] },
    { name: 'name', type: 'string', isRequired: true, source: ['VARCHAR', 20, 0] },
    { name: 'age', type: 'int16', source: ['INT2', 5, 0] },
    { name: 'score', type: 'string', source: ['NUMERIC', 6, 2] },
    { name: 'born', type: 'int32', means: 'io.debezium.time.Date', source: ['DATE', 13, 0] },
    { name: 'seen', type: 'int64', means: 'io.debezium.time.MicroTimestamp', source: ['TIMESTAMP', 29, 6] },
    { name: 'active', type: 'boolean', isRequired: true, source: ['BOOL', 1, 0] },
    { name: 'ratio', type: 'double', source: ['FLOAT8', 17, 17] },
    { name: 'note', type: 'string', source: ['VARCHAR', 100, 0] },
    { name: 'data', type: 'string', means: 'io.debezium.data.Json', source: ['JSONB', unlimited, 0] },
    { name: 'raw', type: 'string', source: ['BYTEA', unlimited, 0] },
  ],
};

export const codes: CapturedTable = {
  name: 'codes',
  key: ['code'],
  columns: [
    { name: 'code', type: 'string', isRequired: true, source: ['VARCHAR', 10, 0] },
    { name: 'value', type: 'string', source: ['TEXT', unlimited, 0] },
  ],
};

/** A table without a key. */
export const log: CapturedTable = {
  name: 'log',
  key: [],
  columns: [
    { name: 'n', type: 'int32', source: ['INT4', 10, 0] },
    { name: 'text', type: 'string', source: ['VARCHAR', 20, 0] },
  ],
};

/** A table whose messages have a column that the target lacks. */
export const widened: CapturedTable = {
  name: 'widened',
  key: ['id'],
  columns: [
    { name: 'id', type: 'int64', isRequired: true, source: ['INT8', 19, 0] },
    { name: 'added', type: 'string', source: ['VARCHAR', 30, 0] },
  ],
};

/** A table that the target does not have. */
export const unknown: CapturedTable = {
  name: 'unknown',
  key: ['id'],
  columns: [
    { name: 'id', type: 'int64', isRequired: true, source: ['INT8', 19, 0] },
    { name: 'text', type: 'string', source: ['VARCHAR', 30, 0] },
  ],
};

/** Partitions of the topic of each table. A table without a key has one. */
export const topics = [
  [people, 3],
  [codes, 2],
  [log, 1],
  [widened, 1],
  [unknown, 1],
] as const;
