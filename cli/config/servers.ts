/** The servers that the options name, for `sluice config check`. Nothing here connects to them. */
import { describeDatabase } from '../../engines/postgres/connection/connection.ts';
import { messageOf, PipelineError } from '../../pipeline/errors.ts';
import { findSource, localConnectUrl, sourceDatabase } from '../connector/servers.ts';
import { UsageError } from '../options/option.ts';
import type { Values } from '../options/options.ts';
import type { Context } from '../program/verb.ts';
import { localServer } from '../servers/local-server.ts';
import {
  type ChosenDatabase,
  chooseDatabase,
  chooseKafka,
  describeProvenance,
  type kafkaOptions,
  type Provenance,
  type postgresOptions,
} from '../servers/servers.ts';
import { chooseTarget, type targetOptions } from '../servers/target-server.ts';
import { maskedUrl } from './mask.ts';

/** A server; its address is without passwords. */
export type Server = { readonly server: string; readonly address: string; readonly from: string };

type ServerValues = Values<
  | (typeof kafkaOptions)[number]
  | (typeof postgresOptions)[number]
  | (typeof targetOptions)[number]
  | 'sourceUrl'
  | 'connectUrl'
>;

/** A chosen address and its origin. */
type Choice = { readonly address: string; readonly provenance: Provenance };

/** Returns the servers that verbs would connect to, and a fault for each that cannot be chosen. */
export function serversOf(
  values: ServerValues,
  given: Context,
): { readonly servers: readonly Server[]; readonly faults: readonly string[] } {
  const context: Context = { ...given, printError: () => undefined };
  const database = ({ database: one, provenance }: ChosenDatabase): Choice => ({
    address: `PostgreSQL ${describeDatabase(one)}`,
    provenance,
  });
  const faults: string[] = [];
  const server = (name: string, choose: () => Choice | undefined): readonly Server[] => {
    try {
      const choice = choose();
      return choice === undefined
        ? []
        : [{ server: name, address: choice.address, from: describeProvenance(choice.provenance) }];
    } catch (error) {
      const isStopped = error instanceof PipelineError && error.code === 'local_stack_stopped';
      if (!isStopped && !(error instanceof UsageError)) throw error;
      if (!isStopped) faults.push(messageOf(error));
      return [{ server: name, address: isStopped ? 'the local stack, which is stopped' : 'unknown', from: '' }];
    }
  };
  const servers = [
    ...server('Kafka', () => {
      const { brokers, provenance } = chooseKafka(values, context);
      return { address: brokers.join(', '), provenance };
    }),
    ...server('target of run', () => database(chooseDatabase(values, context))),
    ...server('target of replicate', () => database(chooseTarget(values, context))),
    ...server('source', () => sourceOf(values, context)),
    ...server('Kafka Connect', () => connectOf(values, context)),
  ];
  return { servers, faults };
}

/** Returns undefined when no source is named: many verbs need none. */
function sourceOf(values: ServerValues, context: Context): Choice | undefined {
  const source = findSource(values);
  if (source === undefined) return undefined;
  const address = `PostgreSQL ${describeDatabase(sourceDatabase(source, context))}`;
  return { address, provenance: originOf(context, 'sourceUrl') };
}

function connectOf({ connectUrl }: ServerValues, context: Context): Choice | undefined {
  const url = connectUrl ?? (localServer('connect') && localConnectUrl());
  return url && { address: maskedUrl(url.href), provenance: originOf(context, 'connectUrl') };
}

function originOf({ origins }: Context, name: string): Provenance {
  const origin = origins[name] ?? 'default';
  return origin === 'default' ? 'local stack' : origin;
}
