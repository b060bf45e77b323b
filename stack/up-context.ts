/** What the halves of `stack up` share. */
import type { KafkaServer, PostgresServer, RecordKeeper } from './state.ts';

export type StackOptions = {
  /** Folder of state, data and logs; `.sluice` of the project when absent. */
  readonly dir?: string;
  /** Which servers to bring up; both when absent. */
  readonly kafka?: boolean;
  readonly postgres?: boolean;
  /** A port given here is that port or an error, 0 any free one; else 9092 and 5432, or the next free ones. */
  readonly ports?: { readonly kafka?: number; readonly postgres?: number };
  /** Where downloaded jars are kept, `<dir>/cache` when absent; may be shared by stacks. */
  readonly cacheDir?: string;
  /** Progress in whole lines, for a person. */
  readonly report: (line: string) => void;
  /** Ends the start; what was started by then is stopped again. */
  readonly signal?: AbortSignal;
  /** Settings that win over the stack's own. They count for servers started by this call only. */
  readonly kafkaProperties?: Readonly<Record<string, string>>;
  readonly postgresSettings?: Readonly<Record<string, string>>;
};

export type UpContext = {
  readonly dir: string;
  readonly cacheDir: string;
  readonly options: StackOptions;
  readonly keeper: RecordKeeper;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
  /** Told of every process that this call starts. */
  readonly started: (server: { kafka: KafkaServer } | { postgres: PostgresServer }) => void;
};
