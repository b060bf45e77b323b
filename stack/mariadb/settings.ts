/** The settings of the local MariaDB, passed on its command line so that every start can change them. */
import { HOST } from '../processes/ports.ts';

/**
 * `--name=value` arguments; `extra` overrides the settings here. Durability stays on, because tests rely on it. The binary
 * log has whole rows, so that the server can be the source of a replication.
 */
export function serverSettings(port: number, extra: Readonly<Record<string, string>> = {}): string[] {
  const settings: Record<string, string> = {
    bind_address: HOST,
    port: String(port),
    // No socket file, because in deep folders its path exceeds a length limit.
    socket: '',
    // Version 11.4 makes a key of 4,096 bits at every start, which takes up to a minute on a busy machine.
    ssl: '0',
    // Accounts are for addresses. Looking up names can take seconds.
    skip_name_resolve: '1',
    character_set_server: 'utf8mb4',
    // Keeps 'a', 'A' and 'a ' apart. Databases and tables of the system have their own collations.
    collation_server: 'utf8mb4_nopad_bin',
    default_time_zone: '+00:00',
    server_id: '1',
    log_bin: 'binlog',
    binlog_format: 'ROW',
    binlog_row_image: 'FULL',
    binlog_expire_logs_seconds: '259200',
    sync_binlog: '1',
    innodb_flush_log_at_trx_commit: '1',
    innodb_buffer_pool_size: '256M',
    max_connections: '200',
    local_infile: '1',
    // Without notes on connections that close.
    log_warnings: '1',
    ...extra,
  };
  return Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
}
