/**
 * Decides whether the server refused a row because of its value, or because the source has another definition. A row is
 * drift only if the source's definition allows it and the target's does not. Every other refused row is a bad record.
 */

import type { Cell } from '../../../../formats/debezium/row-event.ts';
import type { Misfit } from '../../../../pipeline/misfit.ts';
import { type Column, type Definition, isSameType } from './definition.ts';
import {
  alterEnum,
  alterType,
  createEnum,
  createPartitions,
  dropNotNull,
  type Quote,
  replaceCheck,
} from './statements.ts';

/** The fields of a node-postgres error that are used here. */
export type ServerError = {
  readonly code?: string;
  readonly constraint?: string;
  readonly column?: string;
  readonly dataType?: string;
};

/** A refused row, and both definitions of its table. */
export type Refusal = {
  readonly error: ServerError;
  readonly target: Definition;
  /** The definition in the source's catalogue, and in the schema of the message; null if unknown. */
  readonly catalogue: Definition | null;
  readonly message: Definition | null;
  /** The values of the row, by column, without values that an update left unchanged. */
  readonly cells: ReadonlyMap<string, Exclude<Cell, symbol>>;
  /** Whether the target's column accepts the row's value. */
  readonly takes: (column: string) => Promise<boolean>;
  readonly quote: Quote;
};

type Found = Omit<Misfit, 'table'> | null;

/** The change that makes the row fit at the target; null when the row itself is wrong. */
export async function misfitOf(refusal: Refusal): Promise<Found> {
  const { code = '', constraint } = refusal.error;
  if (code === '23502') return nullRefused(refusal) ?? (await valueRefused(refusal));
  if (code === '23514') return constraint === undefined ? partitionMissing(refusal) : checkRefused(refusal, constraint);
  return /^22/.test(code) ? await valueRefused(refusal) : null;
}

/** The server names no constraint when a row has no partition. */
function partitionMissing({ target, catalogue }: Refusal): Found {
  const has = new Set(target.partitions?.map(({ qualified }) => qualified));
  const missing = catalogue?.partitions?.filter(({ qualified }) => !has.has(qualified)) ?? [];
  const reason = 'it has no partition for a row';
  if (missing.length > 0) return { reason, statements: createPartitions(missing), note: null };
  return {
    reason,
    statements: [],
    note: `Make the partition like that of the source, such as: CREATE TABLE ${target.qualified}_new PARTITION OF ${target.qualified} FOR VALUES …; or one for all others: CREATE TABLE ${target.qualified}_default PARTITION OF ${target.qualified} DEFAULT;`,
  };
}

/** Finds a CHECK that the source lacks or defines otherwise; null without the source's catalogue. */
function checkRefused({ error, target, catalogue, quote }: Refusal, name: string): Found {
  if (catalogue === null) return null;
  const domain = target.columns
    .map((one) => one.domain)
    .find((one) => one?.checks.some((check) => check.name === name));
  const isDomain = error.dataType !== undefined;
  if (isDomain && !domain) return null;
  const mine = isDomain ? domain?.checks : target.checks;
  const theirs = isDomain
    ? catalogue.columns.find((one) => one.domain?.type === domain?.type)?.domain?.checks
    : catalogue.checks;
  const [own, same] = [mine, theirs].map((checks) => checks?.find((check) => check.name === name));
  if (!own || own.definition === same?.definition) return null;
  const owner = isDomain ? (domain?.type ?? '') : target.qualified;
  return {
    reason: `its ${isDomain ? `domain ${owner}` : 'table'} has a CHECK ${name} ${same ? 'that differs from the source' : 'that the source does not have'}`,
    statements: replaceCheck(isDomain ? 'DOMAIN' : 'TABLE', owner, name, same ?? null, quote),
    note: null,
  };
}

function nullRefused({ error, target, catalogue, message, quote }: Refusal): Found {
  const column = target.columns.find(({ name }) => name === error.column);
  if (!column?.notNull) return null;
  const known = [catalogue, message].filter((one) => one !== null);
  const found = known.map(({ columns }) => columns.find(({ name }) => name === column.name));
  if (known.length === 0 || found.every((one) => one?.notNull)) return null;
  const isGone = found[0] === undefined;
  return {
    reason: `its column ${column.name} is NOT NULL, ${isGone ? 'and the source does not have it any more' : 'and takes null at the source'}`,
    statements: dropNotNull(target.qualified, column, quote),
    note: isGone
      ? `To drop the column with its values instead, as the source did: ALTER TABLE ${target.qualified} DROP COLUMN ${quote(column.name)};`
      : null,
  };
}

/** Columns that refuse their value and have another definition at the source. */
async function valueRefused(refusal: Refusal): Promise<Found> {
  const { target, catalogue, message, cells, takes, quote } = refusal;
  const parts: string[] = [];
  const [statements, notes] = [new Set<string>(), new Set<string>()];
  for (const column of target.columns) {
    const value = cells.get(column.name);
    if (value === undefined || value === null) continue;
    const others = [catalogue, message].flatMap((one) => one?.columns.find(({ name }) => name === column.name) ?? []);
    const other = others.find((one) => differs(column, one, value));
    const unlisted = other === undefined && isUnlisted(column, value);
    if ((other === undefined && !unlisted) || (await takes(column.name))) continue;
    const labels = column.enum;
    if (unlisted && labels) {
      parts.push(`its type ${labels.type} has no label ${JSON.stringify(value)}`);
      for (const one of alterEnum(labels.type, labels.labels, [...labels.labels, String(value)])) statements.add(one);
      if (catalogue === null)
        notes.add(
          `The message does not show the label's position in the enum: append BEFORE 'another label' to set it.`,
        );
    } else if (other && labels && other.enum && isSameType(labels.type, other.enum.type)) {
      parts.push(`its type ${labels.type} lacks labels of the source`);
      for (const one of alterEnum(labels.type, labels.labels, other.enum.labels)) statements.add(one);
    } else if (other) {
      parts.push(`its column ${column.name} is ${column.type}, and ${other.type} at the source`);
      if (other.enum && catalogue?.columns.includes(other)) statements.add(createEnum(other.enum));
      statements.add(alterType(target.qualified, column, other, quote));
    }
  }
  if (parts.length === 0) return null;
  const note = notes.size === 0 ? null : [...notes].join(' ');
  return { reason: parts.join(', '), statements: [...statements], note };
}

/** Whether the type differs from the source's, or its enum lacks a label. */
function differs(target: Column, source: Column, value: Exclude<Cell, symbol>): boolean {
  if (target.enum && source.enum && isSameType(target.enum.type, source.enum.type)) {
    const { labels } = target.enum;
    if (typeof value === 'string' && !value.startsWith('{'))
      return !labels.includes(value) && source.enum.labels.includes(value);
    return source.enum.labels.some((label) => !labels.includes(label));
  }
  if (source.baseType === null) return false;
  return !isSameType(target.baseType, source.baseType);
}

/** Whether the value is a label that no definition has: the source has renamed it since. */
const isUnlisted = ({ enum: own, baseType }: Column, value: Exclude<Cell, symbol>): boolean =>
  own !== null && !baseType?.endsWith('[]') && !own.labels.includes(String(value));
