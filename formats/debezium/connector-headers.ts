/**
 * Message headers of a connector. `connector create` and `connector snapshot` configure Kafka Connect to add them to every message.
 * Debezium writes a placeholder for a large value that an update did not touch. Its default is a known word that anybody can store in a
 * column. So each connector gets a random placeholder, and only the header identifies it with certainty.
 */
import type { MessageHeaders } from './row-event.ts';

/**
 * Names of the header with the placeholder. `nullIsNull`: the connector stops at a value that it cannot convert, so a null in a message is
 * null at the source. `nullIsUnclear`: a null may stand for an unchanged value.
 */
export const placeholderHeaders = {
  nullIsNull: 'sluice.placeholder',
  nullIsUnclear: 'sluice.placeholder.lenient',
} as const;

/** Name of the header of connectors that read rows while another connector streams; its value has no meaning. */
export const besideHeader = 'sluice.beside';

/** The content of the headers. */
export type ConnectorHeader = {
  readonly placeholder: string;
  readonly nullIsNull: boolean;
  /** Does another connector stream the changes of the table? Then no row read here is newer than a change. */
  readonly isBeside: boolean;
};

/** Longest list of headers that is cached, in bytes; Debezium's own headers take some 250. */
const maxRemembered = 2_048;

/** The text of a header. Kafka Connect may be configured to write it as JSON, with its schema or without. */
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

function read(headers: MessageHeaders): ConnectorHeader | null {
  let found: Omit<ConnectorHeader, 'isBeside'> | null = null;
  let isBeside = false;
  for (const [name, value] of headers.list()) {
    const nullIsNull = name.equals(certain);
    // The connector's own transformation adds its header last; an earlier one was in the record before.
    if (value !== null && (nullIsNull || name.equals(unclear))) found = { placeholder: textOf(value), nullIsNull };
    isBeside ||= name.equals(beside);
  }
  return found && { ...found, isBeside };
}

const certain = Buffer.from(placeholderHeaders.nullIsNull);
const unclear = Buffer.from(placeholderHeaders.nullIsUnclear);
const beside = Buffer.from(besideHeader);

/** Reads the headers. All messages of one connector task have the same ones, so equal bytes are not read again. */
export function connectorHeaderReader(): (headers: MessageHeaders | undefined) => ConnectorHeader | null {
  let last: { readonly encoded: Buffer; readonly found: ConnectorHeader | null } | null = null;
  return (headers) => {
    if (headers === undefined) return null;
    const { encoded } = headers;
    if (encoded !== undefined && last?.encoded.equals(encoded)) return last.found;
    const found = read(headers);
    // A copy: the original is part of the batch, which it would keep in memory.
    if (encoded !== undefined && encoded.length <= maxRemembered) last = { encoded: Buffer.from(encoded), found };
    return found;
  };
}
