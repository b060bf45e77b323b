/** The servers of a stack, as a person calls them. */
export type ServerName = 'Kafka' | 'PostgreSQL' | 'source PostgreSQL' | 'Kafka Connect';

/** A server of the stack did not come up: why, where its log is, and how that log ends. */
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

  /** True when somebody else took the port between looking and binding: another port is worth a try. */
  get portWasTaken(): boolean {
    return /address already in use|failed to bind|could not bind/i.test(this.logTail);
  }

  /** True when a crashed server's last processes still hold the data: they end by themselves in a moment. */
  get dataStillHeld(): boolean {
    return /pre-existing shared memory block/i.test(this.logTail);
  }
}
