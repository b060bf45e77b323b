/** The parameter `options`: server settings for the session, as `-c name=value`. */
import { AddressError } from './address-error.ts';
import type { Settings } from './keywords.ts';

/** Settings that Sluice relies on, and sets in every session. */
const reservedSettings = [
  'client_encoding',
  'timezone',
  'datestyle',
  'tcp_keepalives_idle',
  'tcp_keepalives_interval',
  'tcp_keepalives_count',
  'idle_in_transaction_session_timeout',
  'lock_timeout',
  'statement_timeout',
  'application_name',
  'session_replication_role',
  'default_transaction_read_only',
  'standard_conforming_strings',
];

/** Options for the startup message, or undefined. Throws `AddressError` for a setting that Sluice sets itself. */
export function startupOptions({ options = '', geqo }: Settings): string | undefined {
  for (const name of settingsIn(options)) {
    if (reservedSettings.includes(name))
      throw new AddressError(`options sets ${name}, which Sluice sets itself in each of its sessions: leave it out`);
  }
  const all = [options.trim(), ...(geqo ? [`-c geqo=${geqo.replace(/([\\\s])/g, '\\$1')}`] : [])].filter(Boolean);
  return all.length === 0 ? undefined : all.join(' ');
}

/** Names of the settings. Like the server, splits at spaces that no backslash escapes. */
function settingsIn(options: string): string[] {
  const words = [...options.matchAll(/(?:\\.|[^\\\s])+/gs)].map(([word]) => word.replace(/\\(.)/gs, '$1'));
  return words.flatMap((word, index) => {
    const text = word === '-c' ? (words[index + 1] ?? '') : /^(?:--|-c)(.+)$/s.exec(word)?.[1];
    return text === undefined ? [] : [text.split('=')[0]?.toLowerCase().replaceAll('-', '_') ?? ''];
  });
}
