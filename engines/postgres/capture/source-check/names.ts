/** Names of source tables in statements for users. */
import { readable } from '../../identifiers.ts';
import type { TableName } from '../connector-config.ts';

/** `schema.table` in a statement. */
export const readableTable = ({ schema, table }: TableName): string => `${readable(schema)}.${readable(table)}`;

/** A comma-separated list of tables in a statement. */
export const tableList = (tables: readonly TableName[]): string => tables.map(readableTable).join(', ');
