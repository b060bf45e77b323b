/** Names of the servers in messages. */
export type ServerName = 'Kafka' | 'PostgreSQL' | 'source PostgreSQL' | 'Kafka Connect' | 'MariaDB';

/** A server did not start. Contains the reason, the path of its log, and the end of that log. */
export class ServerStartError extends Error {
  override readonly name = 'ServerStartError';
  readonly server: ServerName;
  readonly logFile: string;
  readonly logTail: string;

  constructor(server: ServerName, problem: string, logFile: string, tail: string, options?: ErrorOptions) {
    super(`${server} ${problem}; log: ${logFile}${tail === '' ? '' : `\n${tail}`}`, options);
    this.server = server;
    this.logFile = logFile;
    this.logTail = tail;
  }

  /** True when another process took the port before the server bound it, so another port is worth a try. */
  get portWasTaken(): boolean {
    return /address already in use|failed to bind|could not bind|can't start server: bind on tcp/i.test(this.logTail);
  }

  /** True when processes of a crashed server still use the data. They end by themselves after a moment. */
  get dataStillHeld(): boolean {
    return /pre-existing shared memory block/i.test(this.logTail);
  }
}
