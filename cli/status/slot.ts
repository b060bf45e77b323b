/** The replication slot of a pipeline, where its source is known. A source that is away does not hide the rest. */
import { connectClient } from '../../adapters/kafka-connect/client.ts';
import { readSlot, type SlotFacts } from '../../engines/postgres/capture/slot.ts';
import { connect } from '../../engines/postgres/connection/connection.ts';
import { hangUp } from '../../engines/postgres/connection/hang-up.ts';
import { messageOf } from '../../pipeline/errors.ts';
import { feedingConnectors } from '../../services/connectors/feeding.ts';
import { judgeSlot, type SlotHealth } from '../../services/status/slot-health.ts';
import { withinLimit } from '../../services/within-limit.ts';
import { findSource, localConnectUrl, sourceDatabase } from '../connector/servers.ts';
import type { Values } from '../options.ts';
import type { Context } from '../verb.ts';
import type { Read } from './feed.ts';

/** The verdict, with what it was made of where the source answered. */
export type SlotReport = SlotHealth &
  Partial<SlotFacts> & {
    /** Why nothing new comes through it; absent while somebody reads it. */
    readonly fault?: string;
  };

/** Milliseconds for Kafka Connect to say which slot its connectors read. */
const answerLimit = 5_000;

/**
 * The slot that is named; else that of the connector that feeds the topics. Undefined where there is nothing to look at: a
 * pipeline that replicates nothing, or a source that nobody named.
 */
export async function lookAtSlot(
  values: Values<'sourceUrl' | 'connectUrl' | 'slot' | 'wait'>,
  context: Context,
  replicates: boolean,
  read: Read,
): Promise<SlotReport | undefined> {
  const named = replicates || context.origins.sourceUrl === 'flag' ? findSource(values) : undefined;
  if (named === undefined) return undefined;
  const slot = context.origins.slot === 'default' ? ((await feedingSlot(values, read)) ?? values.slot) : values.slot;
  const database = sourceDatabase(named, context);
  const faulty = (fault: string): SlotReport => ({ sentence: fault, remark: null, secondsToFull: null, fault });
  try {
    const client = await connect(
      { ...database, timeouts: { ...database.timeouts, connect: values.wait * 1000 } },
      'status',
    );
    try {
      const facts = await readSlot(client, slot);
      if (facts === undefined) return faulty(`the source has no slot ${slot}; --slot names another`);
      const inactive = facts.active ? {} : { fault: `nobody reads slot ${slot} of the source` };
      return { ...facts, ...judgeSlot(facts), ...inactive };
    } finally {
      await hangUp(client);
    }
  } catch (error) {
    return faulty(`slot ${slot} is unknown: the source ${database.host}:${database.port} says: ${messageOf(error)}`);
  }
}

/** Undefined where no connector feeds the topics, or nobody says. */
async function feedingSlot({ connectUrl }: Values<'connectUrl'>, { topics, takes }: Read): Promise<string | undefined> {
  const url = connectUrl ?? localConnectUrl();
  if (url === undefined) return undefined;
  try {
    const [feeding] = await withinLimit(feedingConnectors(connectClient(url), topics, takes), answerLimit);
    return feeding?.config['slot.name'];
  } catch {
    // `lookAtConnector` reports that Kafka Connect does not answer.
    return undefined;
  }
}
