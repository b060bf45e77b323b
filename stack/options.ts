/** The options of a stack, and the context that the parts of `stack up` share. */
import type { MariadbBinaries } from './mariadb/binaries.ts';
import type { PostgresBinaries } from './postgres/binaries.ts';
import type { RecordKeeper, StackServers } from './state/state.ts';

export type StackOptions = {
  /** Folder of record, data and logs; `.sluice` of the project when absent. */
  readonly dir?: string;
  /** Which servers to start; both when absent. */
  readonly kafka?: boolean;
  readonly postgres?: boolean;
  /** Kafka Connect with Debezium's PostgreSQL connector, and a second PostgreSQL as a source for it; off when absent. */
  readonly connect?: boolean;
  /** MariaDB, as a target or a source; off when absent. */
  readonly mariadb?: boolean;
  /** Whether an empty source gets the sample tables; off when absent. */
  readonly sample?: boolean;
  /** A port given here must be free; 0 means any free port. Absent ports are 9092, 5432, 5532, 8083 and 3306, or the next free ones. */
  readonly ports?: {
    readonly kafka?: number;
    readonly postgres?: number;
    readonly source?: number;
    readonly connect?: number;
    readonly mariadb?: number;
  };
  /** Folder of downloaded jars, which several stacks may share; `<dir>/cache` when absent. */
  readonly cacheDir?: string;
  /** Called with lines about the progress, for a person. */
  readonly report: (line: string) => void;
  /** Aborts the start; servers started until then are stopped. */
  readonly signal?: AbortSignal;
  /** Settings that override the stack's own, only for servers started by this call. */
  readonly kafkaProperties?: Readonly<Record<string, string>>;
  readonly postgresSettings?: Readonly<Record<string, string>>;
  readonly sourceSettings?: Readonly<Record<string, string>>;
  readonly mariadbSettings?: Readonly<Record<string, string>>;
  /** Programs of an installed PostgreSQL, for example of another version; the packaged ones when absent. */
  readonly postgresBinaries?: PostgresBinaries;
  readonly sourceBinaries?: PostgresBinaries;
  /** Programs of another MariaDB; those that the stack fetches when absent. */
  readonly mariadbBinaries?: MariadbBinaries;
  readonly connectProperties?: Readonly<Record<string, string>>;
};

export type UpContext = {
  readonly dir: string;
  readonly cacheDir: string;
  readonly options: StackOptions;
  readonly keeper: RecordKeeper;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
  /** Called with every server that this call starts. */
  readonly started: (server: StackServers) => void;
};
