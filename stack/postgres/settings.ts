/** The settings of the local PostgreSQL, given on its command line, so that every start can change them. */
import { HOST } from '../processes/ports.ts';

/** `-c name=value` arguments; `extra` wins over the settings here. Durability stays on: tests rely on it. */
export function serverSettings(port: number, extra: Readonly<Record<string, string>> = {}): string[] {
  const settings: Record<string, string> = {
    listen_addresses: HOST,
    port: String(port),
    // No socket files: their path has a length limit that deep folders exceed.
    unix_socket_directories: '',
    max_connections: '100',
    shared_buffers: '128MB',
    fsync: 'on',
    synchronous_commit: 'on',
    // Lets the same server be the source of a logical replication.
    wal_level: 'logical',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...extra,
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
