/** The groups of options in `--help` and the docs, in their order. Every option is in exactly one. */
import type { OptionName } from './options.ts';

/** A heading and the options below it. */
export type OptionGroup = { readonly title: string; readonly names: readonly OptionName[] };

export const optionGroups: readonly OptionGroup[] = [
  {
    title: 'Kafka',
    names: [
      'bootstrapServers',
      'kafkaSsl',
      'kafkaSaslMechanism',
      'kafkaSaslUsername',
      'kafkaSaslPassword',
      'topic',
      'topics',
      'partitions',
      'createTopic',
    ],
  },
  {
    title: 'Target database',
    names: [
      'target',
      'databaseUrl',
      'postgresHost',
      'postgresPort',
      'postgresDb',
      'postgresUser',
      'postgresPassword',
      'targetUrl',
      'targetHost',
      'targetPort',
      'targetDb',
      'targetUser',
      'targetPassword',
    ],
  },
  { title: 'Source database', names: ['sourceUrl', 'sourceAddress', 'slot', 'publication', 'dropSlot'] },
  {
    title: 'Connector',
    names: [
      'connectUrl',
      'connectorName',
      'tables',
      'topicPrefix',
      'snapshotMode',
      'schemas',
      'heartbeat',
      'insertOnlyTables',
      'accept',
      'settings',
    ],
  },
  { title: 'Local stack', names: ['with', 'noSample', 'stackKafkaPort', 'stackPostgresPort', 'connectPort'] },
  {
    title: 'Events',
    names: [
      'source',
      'format',
      'orderBy',
      'deletes',
      'onTooLong',
      'onTooPrecise',
      'map',
      'mailboxRules',
      'functions',
      'rules',
      'check',
    ],
  },
  {
    title: 'Pipeline',
    names: [
      'groupId',
      'from',
      'untilCaughtUp',
      'once',
      'parallelism',
      'lanes',
      'onLostPosition',
      'afterResnapshot',
      'breaker',
      'failOnParked',
    ],
  },
  { title: 'Reset and removal', names: ['to', 'partition', 'dryRun', 'withDeadLetters', 'withBookkeeping', 'yes'] },
  { title: 'Limits', names: ['windowBytes', 'maxRecords', 'fetchMinBytes', 'pollTimeout', 'rate', 'wait'] },
  {
    title: 'Simulated source',
    names: [
      'dataFile',
      'count',
      'continuous',
      'interval',
      'seed',
      'operations',
      'startSequence',
      'batchSize',
      'lingerMs',
      'compression',
    ],
  },
  { title: 'Backfill', names: ['columns', 'after'] },
  { title: 'Statement', names: ['write', 'timeout', 'maxRows'] },
  { title: 'Configuration', names: ['config'] },
  { title: 'Output', names: ['json', 'csv', 'explain', 'follow', 'lines', 'logLevel', 'logFormat'] },
];

const order = new Map(optionGroups.flatMap(({ title, names }, group) => names.map((name) => [name, { title, group }])));

/** Returns the heading of an option's group. */
export function groupTitle(name: OptionName): string {
  const entry = order.get(name);
  if (entry === undefined) throw new Error(`cli/options/groups.ts: option ${name} is in no group`);
  return entry.title;
}

/** Returns the names in the order of their groups. */
export const inGroups = (names: readonly OptionName[]): readonly OptionName[] => {
  const wanted = new Set(names);
  const missing = names.find((name) => !order.has(name));
  if (missing !== undefined) groupTitle(missing);
  return [...order.keys()].filter((name) => wanted.has(name));
};
