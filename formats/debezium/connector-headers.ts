/**
 * Message headers of a connector. `connector create` and `connector snapshot` configure Kafka Connect to add them to every message.
 * Debezium writes a placeholder for a large value that an update did not change. Its default is public, so a column may contain it as a
 * value. Each connector therefore has a random placeholder, which the header names.
 */
import type { MessageHeaders } from './row-event.ts';

/**
 * Names of the header with the placeholder. `nullIsNull`: a null in a message is null at the source, because the connector stops at a value
 * that it cannot convert. `nullIsUnclear`: a null may also stand for an unchanged value.
 */
export const placeholderHeaders = {
  nullIsNull: 'sluice.placeholder',
  nullIsUnclear: 'sluice.placeholder.lenient',
} as const;

/** Name of the header of a connector that only reads rows, while another connector streams the changes. Its value is ignored. */
export const besideHeader = 'sluice.beside';

/** The content of the headers. */
export type ConnectorHeader = {
  readonly placeholder: string;
  readonly nullIsNull: boolean;
  /** Whether another connector streams the changes of the table. Then a row that is read here counts as older than every change. */
  readonly isBeside: boolean;
};

/** Longer headers are not cached. Debezium's own headers take about 250 bytes. */
const maxCachedBytes = 2_048;

/** Decodes a header. Kafka Connect may be configured to write it as JSON, with or without its schema. */
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
    const nullIsNull = name.equals(nullIsNullName);
    // The last header counts: the connector's transformation appends it, so an earlier one of that name is from elsewhere.
    if (value !== null && (nullIsNull || name.equals(nullIsUnclearName)))
      found = { placeholder: textOf(value), nullIsNull };
    isBeside ||= name.equals(besideName);
  }
  return found && { ...found, isBeside };
}

const nullIsNullName = Buffer.from(placeholderHeaders.nullIsNull);
const nullIsUnclearName = Buffer.from(placeholderHeaders.nullIsUnclear);
const besideName = Buffer.from(besideHeader);

/** Returns a function that reads the headers. It caches the last result, because all messages of a connector task have the same headers. */
export function connectorHeaderReader(): (headers: MessageHeaders | undefined) => ConnectorHeader | null {
  let last: { readonly encoded: Buffer; readonly found: ConnectorHeader | null } | null = null;
  return (headers) => {
    if (headers === undefined) return null;
    const { encoded } = headers;
    if (encoded !== undefined && last?.encoded.equals(encoded)) return last.found;
    const found = read(headers);
    // A copy, because the original would keep the whole batch in memory.
    if (encoded !== undefined && encoded.length <= maxCachedBytes) last = { encoded: Buffer.from(encoded), found };
    return found;
  };
}
