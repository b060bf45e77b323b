/** How the consumer is set up, with the reason for each setting that is not kafkajs's own. */
import type { ConsumerConfig } from 'kafkajs';

/** Milliseconds between heartbeats. */
export const heartbeatInterval = 1_000;

/** Settings of a consumer that never comes back by itself. */
export function consumerConfig(groupId: string, overrides: Partial<ConsumerConfig>): ConsumerConfig {
  const { minBytes = 1 } = overrides;
  return {
    groupId,
    // With the default of 30 s the replacement of a killed worker waits that long (rule 13).
    sessionTimeout: 10_000,
    heartbeatInterval,
    // A paused join sleeps this long before it looks again.
    maxWaitTimeInMs: 500,
    // Smaller fetches than kafkajs's 1 MiB cost no throughput and hold less at once (measured by bench/pipeline.ts).
    maxBytesPerPartition: Math.max(512 * 1024, minBytes),
    // A fetch that may hold less than it must would always wait, with a backlog too.
    maxBytes: Math.max(10 * 1024 * 1024, minBytes),
    metadataMaxAge: 30_000,
    // A member that hangs in a transaction holds up everybody's join for this long; kafkajs's default is a minute.
    rebalanceTimeout: 20_000,
    allowAutoTopicCreation: false,
    // kafkajs would start it again in the background, where nothing can stop it; `GroupMember` makes another.
    retry: { restartOnFailure: async () => false },
    ...overrides,
  };
}
