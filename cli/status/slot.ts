/** The replication slot of a pipeline, where its source is known. A source that is away does not hide the rest. */
import { connect } from '../../adapters/postgres/connection.ts';
import { hangUp } from '../../adapters/postgres/hang-up.ts';
import { readSlot, type SlotFacts } from '../../adapters/postgres/slot.ts';
import { judgeSlot, type SlotHealth } from '../../monitor/slot.ts';
import { messageOf } from '../../pipeline/errors.ts';
import { findSource, sourceDatabase } from '../connector/servers.ts';
import type { Values } from '../options.ts';
import type { Context } from '../verb.ts';

/** The verdict, with what it was made of where the source answered. */
export type SlotReport = SlotHealth &
  Partial<SlotFacts> & {
    /** Why nothing new comes through it; absent while somebody reads it. */
    readonly fault?: string;
  };

/** Undefined where there is nothing to look at: a pipeline that replicates nothing, or a source that nobody named. */
export async function lookAtSlot(
  values: Values<'sourceUrl' | 'slot' | 'wait'>,
  context: Context,
  replicates: boolean,
): Promise<SlotReport | undefined> {
  const named = replicates || context.origins.sourceUrl === 'flag' ? findSource(values) : undefined;
  if (named === undefined) return undefined;
  const { slot } = values;
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
