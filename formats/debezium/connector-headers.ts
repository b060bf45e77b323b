/**
 * What a connector says of its messages in headers, which `connector create` and `connector snapshot` have Kafka Connect
 * put on each of them. Debezium writes a placeholder for a large value that an update did not touch; its default is a word
 * that anyone can write into a column, so each connector gets a random one, and only the header makes it known for certain.
 */
import type { MessageHeaders } from './row-event.ts';

/**
 * Names of the header whose value is the placeholder. `nullIsNull` is the one of connectors that stop at a value that
 * they cannot convert: what arrives as null is null at the source. Of the others a null may hide an unchanged value.
 */
export const placeholderHeaders = {
  nullIsNull: 'sluice.placeholder',
  nullIsUnclear: 'sluice.placeholder.lenient',
} as const;

/** Name of the header of connectors that read rows beside the one that streams; its value says nothing more. */
export const besideHeader = 'sluice.beside';

/** What the headers say. */
export type ConnectorWord = {
  readonly placeholder: string;
  readonly nullIsNull: boolean;
  /** Whether another connector streams the changes of the table, so that no row read here is newer than a change. */
  readonly isBeside: boolean;
};

/** Longest list of headers that is remembered, in bytes; Debezium's own take some 250. */
const maxRemembered = 2_048;

/** The text of a header, which Kafka Connect may have been told to write as JSON, with its schema or without. */
function textOf(value: Buffer): string {
  const text = value.toString();
  if (!/^["{]/.test(text)) return text;
  try {
    const json: unknown = JSON.parse(text);
    const payload = typeof json === 'object' && json !== null && 'payload' in json ? json.payload : json;
    return typeof payload === 'string' ? payload : text;
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

function read(headers: MessageHeaders): ConnectorWord | null {
  let said: Omit<ConnectorWord, 'isBeside'> | null = null;
  let isBeside = false;
  for (const [name, value] of headers.list()) {
    const nullIsNull = name.equals(certain);
    // The connector's own transformation comes last; what was there before is not its word.
    if (value !== null && (nullIsNull || name.equals(unclear))) said = { placeholder: textOf(value), nullIsNull };
    isBeside ||= name.equals(beside);
  }
  return said && { ...said, isBeside };
}

const certain = Buffer.from(placeholderHeaders.nullIsNull);
const unclear = Buffer.from(placeholderHeaders.nullIsUnclear);
const beside = Buffer.from(besideHeader);

/** Reads the headers. All messages of a run of a connector have the same ones, so these are compared, not read. */
export function connectorHeaderReader(): (headers: MessageHeaders | undefined) => ConnectorWord | null {
  let last: { readonly encoded: Buffer; readonly said: ConnectorWord | null } | null = null;
  return (headers) => {
    if (headers === undefined) return null;
    const { encoded } = headers;
    if (encoded !== undefined && last?.encoded.equals(encoded)) return last.said;
    const said = read(headers);
    // A copy: the original is a part of the batch, which would stay in memory with it.
    if (encoded !== undefined && encoded.length <= maxRemembered) last = { encoded: Buffer.from(encoded), said };
    return said;
  };
}
