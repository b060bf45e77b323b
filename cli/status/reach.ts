/** How `status` reaches its servers: within seconds, and with what the other one knows where one of them is away. */
import type pg from 'pg';
import { reachCluster } from '../../adapters/kafka/client.ts';
import type { Checkpoint } from '../../engines/postgres/checkpoint/checkpoints.ts';
import { reachDatabase } from '../../engines/postgres/connection/reach.ts';
import { messageOf } from '../../pipeline/errors.ts';
import type { Logger } from '../../pipeline/ports.ts';
import { diagnose } from '../../services/diagnose.ts';
import type { Values } from '../options.ts';
import { type ChosenKafka, chooseKafka, type kafkaOptions, sayDatabase, sayKafka } from '../servers.ts';
import type { Context } from '../verb.ts';
import { showCountsAlone, showTopicAlone } from './partial.ts';
import type { Whose } from './pipeline.ts';

type ReachValues = Values<(typeof kafkaOptions)[number] | 'topic' | 'wait' | 'json'>;

/** Milliseconds that one answer of PostgreSQL may take. */
const answerLimit = 15_000;

/** A session on the pipeline's database. Where that is away, shows the topic before it throws. */
export async function reachPipeline(
  { groupId, chosen }: Whose,
  values: ReachValues,
  context: Context,
  logger: Logger,
): Promise<pg.Client> {
  const limitMs = values.wait * 1000;
  const database = { ...chosen.database, timeouts: { ...chosen.database.timeouts, answer: answerLimit } };
  try {
    return await reachDatabase(database, `${groupId}/status`, sayOf(values, context), limitMs);
  } catch (error) {
    if (!isAway(error)) throw error;
    try {
      const kafka = { cluster: chooseKafka(values, context), logger, limitMs };
      await showTopicAlone({ pipeline: groupId, json: values.json }, values.topic, kafka, context);
    } catch (also) {
      // Kafka is away as well: then there is nothing to show.
      context.tell(messageOf(also));
    }
    throw error;
  }
}

/** The Kafka cluster, which answers. Where it is away, shows the record counts before it throws. */
export async function reachKafka(
  { groupId, chosen }: Whose,
  values: ReachValues,
  context: Context,
  logger: Logger,
  checkpoints: readonly Checkpoint[],
): Promise<ChosenKafka> {
  try {
    const cluster = chooseKafka(values, context);
    if (!values.json) context.tell(`${sayKafka(cluster)}, ${sayDatabase(chosen)}`);
    await reachCluster(cluster, logger, sayOf(values, context), values.wait * 1000);
    return cluster;
  } catch (error) {
    if (isAway(error) && checkpoints.length > 0)
      showCountsAlone({ pipeline: groupId, json: values.json }, checkpoints, context.print);
    throw error;
  }
}

/** Machines get nothing but their JSON. */
const sayOf = ({ json }: Values<'json'>, { tell }: Context) => (json ? () => undefined : tell);

/** True for a server that did not answer, or a local stack that is stopped. */
const isAway = (error: unknown): boolean => diagnose(error).kind === 'unreachable';
