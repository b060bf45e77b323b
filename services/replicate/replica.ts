/** What a replication needs from its target, whatever product that is. */
import type { Admin, Kafka } from 'kafkajs';
import type { SchemaPolicy } from '../../engines/mysql/schema-plan/schema-plan.ts';
import type { Database } from '../../engines/postgres/connection/connection.ts';
import type { Verified } from '../../engines/postgres/replica/verify.ts';
import type { AfterResnapshot } from '../../engines/sink/replica/snapshots.ts';
import type { SinkParts } from '../../engines/sink/sink.ts';
import type { PolicyConfig } from '../../engines/types/policies.ts';
import type { DecoderOptions } from '../../formats/debezium/decode.ts';
import type { Replicated } from '../../pipeline/change.ts';
import type { Claims, Logger, Sink } from '../../pipeline/ports.ts';
import type { Say } from '../../pipeline/waiting.ts';
import type { SourceTable } from '../../schemas/table-name.ts';
import type { ServiceEvents } from '../events.ts';
import { isMysql, type TargetDatabase } from '../target.ts';
import { mysqlReplica } from './mysql-replica.ts';
import { postgresReplica } from './postgres-replica.ts';

/** What is done with values, types and schemas of the source that another product has no equal for. */
export type Carried = { readonly policies: PolicyConfig; readonly schemas: SchemaPolicy };

/** What rows are written by. */
export type WritingOptions = {
  readonly pipeline: string;
  readonly clusterId: string | null;
  /** The source, which describes its tables. */
  readonly source: Database | undefined;
  readonly afterResnapshot: AfterResnapshot;
  /** Whether the replica of a table has the same name and shape as the table. */
  readonly isWanted: (table: SourceTable) => boolean;
  /** Whether a topic is read. */
  readonly isFollowed: (topic: string) => boolean;
  /** For a target of another product: what is done with values and schemas that it has no equal for. */
  readonly carried: Carried;
  readonly logger: Logger;
  /** Parts of the sink to replace. */
  readonly parts?: Pick<SinkParts<unknown>, 'atStep'>;
};

/** The writing side of a replication. */
export type Writing = {
  readonly sink: Sink<Replicated>;
  readonly claims: Claims;
  /** Types that decoding needs beside the messages of a topic. */
  readonly decoding: (topic: string) => DecoderOptions;
  /** Runs `work`, with the housekeeping that the target needs meanwhile. */
  readonly during: <T>(topics: () => Promise<readonly string[]>, work: () => Promise<T>) => Promise<T>;
};

/** What the last steps of a replication need. */
export type EndingOptions = {
  readonly kafka: Kafka;
  readonly pipeline: string;
  readonly source: Database | undefined;
  /** The topics that were read. */
  readonly topics: readonly string[];
  /** Topics that share the snapshots of one connector. */
  readonly snapshotGroups: readonly ReadonlySet<string>[];
  readonly afterResnapshot: AfterResnapshot;
  /** For a target of another product: which database each schema became. */
  readonly carried: Carried;
  readonly events: ServiceEvents;
};

/** A database that replicated rows are written to. */
export interface Replica {
  /** Creates or migrates Sluice's own tables. Returns the versions applied. */
  prepare(name: string, say: Say): Promise<readonly number[]>;
  /** Whether it is the source itself. */
  isSource(source: Database): Promise<boolean>;
  /** `admin` answers for the start offsets of the topics. */
  writing(options: WritingOptions, admin: Admin): Promise<Writing>;
  /** Settles rows that a repeated snapshot did not contain, before the replica is verified. */
  settle(options: EndingOptions): Promise<void>;
  /** Verifies the replica. Throws if it is known to be wrong. */
  verify(options: EndingOptions): Promise<Verified>;
  /** Sets sequences to the values of the source. */
  settleSequences(options: EndingOptions, isFollowed: (table: SourceTable, topic: string) => boolean): Promise<void>;
}

/** Returns the replica in a database. */
export const replicaOf = (database: TargetDatabase): Replica =>
  isMysql(database) ? mysqlReplica(database) : postgresReplica(database);
