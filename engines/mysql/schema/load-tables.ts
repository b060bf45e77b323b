/** The definitions of the tables of a load in MySQL and MariaDB. */
import { type Naming, options } from './tables.ts';

/** One row per durable chunk. */
export const loadChunkTable = ({ own, collation }: Naming): string => `
  create table if not exists ${own('load_chunk')} (
    source        varchar(300) not null comment 'The database that was read.',
    database_name varchar(64)  not null comment 'Database of the table at the target.',
    table_schema  varchar(64)  not null comment 'Schema of the table at the source.',
    table_name    varchar(64)  not null comment 'Its name.',
    number        integer      not null comment 'Number of the chunk in its table, from 1.',
    after_key     longtext     comment 'Key after which it begins, as a JSON array; null at the start of the table.',
    up_to_key     longtext     comment 'Its last key; null at the end of the table.',
    row_count     bigint       not null comment 'Rows written.',
    refused       bigint       not null comment 'Rows in load_refusal.',
    loaded_at     datetime(6)  not null default current_timestamp(6) comment 'When it was written, in UTC.',
    primary key (database_name, table_schema, table_name, number)
  ) ${options(collation, 'Parts of tables that a load has written, in the transaction of their rows.')}`;

/** Rows that the load did not write. */
export const loadRefusalTable = ({ own, collation }: Naming): string => `
  create table if not exists ${own('load_refusal')} (
    id            bigint       not null auto_increment primary key comment 'Number of the row.',
    database_name varchar(64)  not null comment 'Database of the table at the target.',
    table_schema  varchar(64)  not null comment 'Schema of the table at the source.',
    table_name    varchar(64)  not null comment 'Its name.',
    chunk         integer      not null comment 'Number of its chunk.',
    code          varchar(100) not null comment 'Code of the reason.',
    reason        longtext     not null comment 'The reason as a sentence.',
    field         varchar(64)  comment 'The column whose value does not fit.',
    cells         longtext     not null comment 'The row as a JSON object of texts, as the source writes them.',
    refused_at    datetime(6)  not null default current_timestamp(6) comment 'When it was refused, in UTC.',
    key load_refusal_of_chunk (database_name, table_schema, table_name, chunk)
  ) ${options(collation, 'Rows that a load could not write, whole, with the reason.')}`;
