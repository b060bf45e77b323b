/** What the benchmark needs from a database server, whatever product it is. */

/** The rows that a replication has written. */
export type Content = {
  readonly rows: number;
  /** Sum of `id · visits`, in decimal. Every event writes its own number into `visits`. */
  readonly sum: string;
  /** Of all columns; equal rows have equal checksums on one server. */
  readonly checksum: string;
};

/** A kind of database server. URLs carry user and password. */
export type DatabaseServer = {
  /** Version and relevant settings, as text. */
  readonly describe: (url: string) => Promise<string>;
  /**
   * Runs `work` with the URL of an empty database, and drops it. Afterwards the server has written what it would
   * otherwise write during the next run.
   */
  readonly inFreshDatabase: <T>(url: string, work: (url: string) => Promise<T>) => Promise<T>;
  /** Creates the table of the replicated events. */
  readonly createCustomers: (url: string) => Promise<void>;
  /** Reads that table. */
  readonly contentOf: (url: string) => Promise<Content>;
};
