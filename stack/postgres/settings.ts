/** The settings of the local PostgreSQL, passed on its command line so that every start can change them. */
import { HOST } from '../processes/ports.ts';

/** `-c name=value` arguments; `extra` overrides the settings here. Durability stays on, because tests rely on it. */
export function serverSettings(port: number, extra: Readonly<Record<string, string>> = {}): string[] {
  const settings: Record<string, string> = {
    listen_addresses: HOST,
    port: String(port),
    // No socket files, because in deep folders their paths exceed a length limit.
    unix_socket_directories: '',
    max_connections: '100',
    shared_buffers: '128MB',
    fsync: 'on',
    synchronous_commit: 'on',
    // Allows the server to be the source of a logical replication.
    wal_level: 'logical',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...extra,
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
