/** What the halves of `stack up` share. */
import type { PostgresBinaries } from './postgres/binaries.ts';
import type { RecordKeeper, StackServers } from './state/state.ts';

export type StackOptions = {
  /** Folder of state, data and logs; `.sluice` of the project when absent. */
  readonly dir?: string;
  /** Which servers to bring up; both when absent. */
  readonly kafka?: boolean;
  readonly postgres?: boolean;
  /** Kafka Connect with Debezium's PostgreSQL connector, and a second PostgreSQL as a source for it; off when absent. */
  readonly connect?: boolean;
  /** Whether a source that is empty gets the sample tables; off when absent. */
  readonly sample?: boolean;
  /** A port given here is that port or an error, 0 any free one; else 9092, 5432, 5532 and 8083, or the next free ones. */
  readonly ports?: {
    readonly kafka?: number;
    readonly postgres?: number;
    readonly source?: number;
    readonly connect?: number;
  };
  /** Where downloaded jars are kept, `<dir>/cache` when absent; may be shared by stacks. */
  readonly cacheDir?: string;
  /** Progress in whole lines, for a person. */
  readonly report: (line: string) => void;
  /** Ends the start; what was started by then is stopped again. */
  readonly signal?: AbortSignal;
  /** Settings that win over the stack's own. They count for servers started by this call only. */
  readonly kafkaProperties?: Readonly<Record<string, string>>;
  readonly postgresSettings?: Readonly<Record<string, string>>;
  readonly sourceSettings?: Readonly<Record<string, string>>;
  /** Programs of a PostgreSQL of the machine's own, such as one of another version; the packaged ones when absent. */
  readonly postgresBinaries?: PostgresBinaries;
  readonly sourceBinaries?: PostgresBinaries;
  readonly connectProperties?: Readonly<Record<string, string>>;
};

export type UpContext = {
  readonly dir: string;
  readonly cacheDir: string;
  readonly options: StackOptions;
  readonly keeper: RecordKeeper;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
  /** Told of every process that this call starts. */
  readonly started: (server: StackServers) => void;
};
