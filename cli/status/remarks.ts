/** The remarks of `status`: conditions that need attention without being a fault of the pipeline. */
import type { DisabledConstraints } from '../../engines/bookkeeping.ts';
import { describeMisfit } from '../../pipeline/misfit.ts';
import { describeUnreconciled } from '../../services/status/feed.ts';
import { describeDeadLetters } from '../../services/status/parked.ts';
import type { Noted, StatusReport } from '../../services/status/status.ts';
import { type DeadLetterQuery, deadLetterCommand } from '../output/dead-letter-query.ts';

/** Returns the remarks as lines; null if there are none. `query` makes the command that shows the dead letters. */
export function remarksOf(
  { report, noted }: { readonly report: StatusReport; readonly noted: Noted },
  query: DeadLetterQuery,
): string | null {
  const { remark, slot, connector, deadLetters } = report;
  const { gone, deferred, unreconciled, heldTables, disabled } = noted;
  const parked = describeDeadLetters(deadLetters);
  const lines = [
    ...heldTables.map(
      (one) =>
        `${describeMisfit(one)}, since ${one.since.toISOString()} (${one.topic}/${one.partition})\n  ${one.statements}`,
    ),
    remark,
    parked && `${parked}\n  ${deadLetterCommand(query)}`,
    slot?.remark,
    connector?.snapshot,
    connector?.remark,
    ...(connector?.faults ?? []),
    describeDisabled(disabled),
    ...gone.map((topic) => `topic ${topic} is gone from Kafka; its checkpoint is still there`),
    ...deferred.map(
      ({ table, rows, since }) =>
        `${rows} rows of ${table} are held back since ${since.toISOString()}, until an event frees a unique value that another row holds`,
    ),
    ...describeUnreconciled(unreconciled),
    unreconciled.some(({ hasKey, rows }) => hasKey || rows === null)
      ? '  `npx sluice replicate --until-caught-up --after-resnapshot delete --breaker off` removes rows that the source does not have'
      : null,
    ...unreconciled
      .filter(({ hasKey, rows }) => !hasKey && rows !== null)
      .map(({ table }) => `  ${table} has no key, so only another new copy replaces its rows`),
  ];
  const present = lines.filter((line) => line !== null && line !== undefined);
  return present.length === 0 ? null : present.join('\n');
}

function describeDisabled({ foreignKeys, triggers }: DisabledConstraints): string | null {
  const several = (count: number, what: string) => (count === 0 ? [] : [`${count} ${what}${count === 1 ? '' : 's'}`]);
  const off = [...several(foreignKeys, 'foreign key'), ...several(triggers, 'trigger')].join(' and ');
  if (off === '') return null;
  const verb = foreignKeys + triggers === 1 ? 'is' : 'are';
  return `${off} of the replica ${verb} off (sluice.constraint); npx sluice replicate --until-caught-up puts back what holds`;
}
