/** Settings of the consumer, with the reason for each difference from kafkajs's defaults. */
import type { ConsumerConfig } from 'kafkajs';

/** Milliseconds between heartbeats. */
export const heartbeatIntervalMs = 1_000;

/** Settings of a consumer that does not restart by itself. */
export function consumerConfig(groupId: string, overrides: Partial<ConsumerConfig>): ConsumerConfig {
  const { minBytes = 1 } = overrides;
  return {
    groupId,
    // The replacement of a killed worker waits for this timeout; the default is 30 s (rule 13).
    sessionTimeout: 10_000,
    heartbeatInterval: heartbeatIntervalMs,
    // kafkajs also waits this long while all partitions are paused.
    maxWaitTimeInMs: 500,
    // Half of kafkajs's 1 MiB costs no throughput and takes less memory (measured by bench/pipeline.ts).
    maxBytesPerPartition: Math.max(512 * 1024, minBytes),
    // At least `minBytes`: otherwise a fetch could never reach `minBytes` and would wait in spite of a backlog.
    maxBytes: Math.max(10 * 1024 * 1024, minBytes),
    metadataMaxAge: 30_000,
    // A member that is stuck in a transaction delays the join of all others this long; the default is one minute.
    rebalanceTimeout: 20_000,
    allowAutoTopicCreation: false,
    // kafkajs would restart the consumer in the background and could not be stopped. `GroupMember` creates a new one instead.
    retry: { restartOnFailure: async () => false },
    ...overrides,
  };
}
