/** Tables of the source as statements for a person name them. */
import { readable } from '../../identifiers.ts';
import type { TableName } from '../connector-config.ts';

/** `schema.table` in a statement. */
export const readableTable = ({ schema, table }: TableName): string => `${readable(schema)}.${readable(table)}`;

/** Several tables in one statement. */
export const several = (tables: readonly TableName[]): string => tables.map(readableTable).join(', ');
