/**
 * Whether anything new can arrive in the topics of a replicated source: what its connector and its slot say. Asked for by
 * `status`; a server that does not answer is an answer, too.
 */
import { connectClient } from '../../adapters/kafka-connect/client.ts';
import { messageOf, PipelineError } from '../../pipeline/errors.ts';
import { localConnectUrl } from '../connector/servers.ts';
import { verdict } from '../connector/status.ts';
import type { Values } from '../options.ts';
import type { Context } from '../verb.ts';
import { withinLimit } from '../within-limit.ts';
import type { SlotReport } from './slot.ts';

/** Milliseconds for Kafka Connect to answer: a worker that deals out its connectors would be asked for half a minute. */
const answerLimit = 5_000;

/** The options that name a connector. */
export const connectorOptions = ['connectUrl', 'connectorName'] as const;

/** What a connector says, for people and for the verdict. */
export type ConnectorReport = {
  readonly name: string;
  /** `running`, `paused`, `failed: …`, or why nobody knows. */
  readonly health: string;
  /** Why it brings nothing new; absent while it works. */
  readonly fault?: string;
};

/**
 * Looks at the connector of a replication: the one that is named, or that of the running local stack. Undefined where
 * there is nothing to look at. Never rejects.
 */
export async function lookAtConnector(
  { connectUrl, connectorName: name }: Values<(typeof connectorOptions)[number]>,
  { origins }: Context,
  replicates: boolean,
): Promise<ConnectorReport | undefined> {
  const named = origins.connectUrl === 'flag' || origins.connectorName === 'flag';
  const url = replicates || named ? (connectUrl ?? localConnectUrl()) : undefined;
  if (url === undefined) return undefined;
  try {
    const found = await withinLimit(connectClient(url).status(name), answerLimit);
    // Under its default name it may never have been made: another connector, or none of ours, may feed the topics.
    if (found === undefined && !named) return undefined;
    if (found === undefined) return faulty(name, 'missing', `Kafka Connect has no connector ${name}`);
    const { health } = verdict(found);
    return health === 'running' ? { name, health } : faulty(name, health, `connector ${name} ${saying(health)}`);
  } catch (error) {
    // Its own errors say what did not answer.
    if (error instanceof PipelineError) return faulty(name, error.code, error.message);
    return faulty(name, 'unknown', `Kafka Connect at ${url.host} gives ${messageOf(error)}`);
  }
}

const faulty = (name: string, health: string, fault: string): ConnectorReport => ({ name, health, fault });

const saying = (health: string): string => (/^(failed|has )/.test(health) ? health : `is ${health}`);

/** What to do about it, by command. */
const commandFor = ({ name, health }: ConnectorReport): string => {
  const verb = health === 'paused' || health === 'stopped' ? 'resume' : 'status';
  return `npx sluice connector ${verb} --name ${name}`;
};

/** Why nothing new can arrive; undefined when it can, or nobody looked. The connector explains more than its slot. */
export function disconnection(
  connector: ConnectorReport | undefined,
  slot: SlotReport | undefined,
): string | undefined {
  if (connector?.fault !== undefined) return `${connector.fault} (${commandFor(connector)})`;
  return slot?.fault;
}
