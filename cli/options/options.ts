/**
 * Every option of the command, declared once. Flags, environment names, `--help` and the tables in the docs come from these
 * lists. A verb names its options, and `overrides` defaults or descriptions that differ.
 */
import { connector, localStack } from './groups/connector.ts';
import { sourceDatabase, targetDatabase } from './groups/databases.ts';
import { backfill, events } from './groups/events.ts';
import { kafka } from './groups/kafka.ts';
import { load } from './groups/load.ts';
import { output, statement } from './groups/output.ts';
import { configuration, limits, pipeline, removal } from './groups/pipeline.ts';
import { schema } from './groups/schema.ts';
import { simulatedSource } from './groups/simulated-source.ts';
import type { ValueOf } from './option.ts';

/** Default name of a replication (`--group-id`). */
export const replicationGroup = 'cdc-consumer-group';

export const options = {
  ...kafka,
  ...targetDatabase,
  ...sourceDatabase,
  ...connector,
  ...localStack,
  ...events,
  ...pipeline,
  ...load,
  ...removal,
  ...limits,
  ...simulatedSource,
  ...backfill,
  ...schema,
  ...statement,
  ...configuration,
  ...output,
} as const;

/** Names of options. */
export type OptionName = keyof typeof options;

/** Values of the options a verb takes. */
export type Values<Names extends OptionName> = { readonly [N in Names]: ValueOf<(typeof options)[N]> };

/** A heading of `--help` and the docs, and the options below it. */
export type OptionGroup = { readonly title: string; readonly names: readonly OptionName[] };

const group = (title: string, members: Partial<typeof options>): OptionGroup => ({
  title,
  names: Object.keys(members) as OptionName[],
});

/** The groups in their order. */
export const optionGroups: readonly OptionGroup[] = [
  group('Kafka', kafka),
  group('Target database', targetDatabase),
  group('Source database', sourceDatabase),
  group('Connector', connector),
  group('Local stack', localStack),
  group('Events', events),
  group('Pipeline', pipeline),
  group('Load', load),
  group('Reset and removal', removal),
  group('Limits', limits),
  group('Simulated source', simulatedSource),
  group('Backfill', backfill),
  group('Schema', schema),
  group('Statement', statement),
  group('Configuration', configuration),
  group('Output', output),
];

const order: readonly OptionName[] = optionGroups.flatMap(({ names }) => names);

/** Returns the heading of an option's group. */
export const groupTitle = (name: OptionName): string =>
  optionGroups.find(({ names }) => names.includes(name))?.title ?? '';

/** Returns the names in the order of their groups. */
export const inGroups = (names: readonly OptionName[]): readonly OptionName[] =>
  order.filter((name) => names.includes(name));
