/** `sluice pipelines`: lists the pipelines of a database, and removes one. */
import type { PipelineSummary } from '../engines/bookkeeping.ts';
import type { Column } from '../engines/sql-session.ts';
import { formatSeconds } from '../services/status/format.ts';
import { reachBookkeeping } from '../services/target.ts';
import { exitCodes } from './output/exit-codes.ts';
import { terminalWidth } from './output/table.ts';
import { remove } from './pipelines/remove.ts';
import type { Entry } from './program/program.ts';
import { verb } from './program/verb.ts';
import { describeChosenDatabase } from './servers/servers.ts';
import { view } from './sql/view.ts';
import { chooseDatabaseOrTarget, databaseOptions } from './status/pipeline.ts';

const list = verb({
  name: 'list',
  summary: 'show every pipeline of the database: what it reads, its record counts, its dead letters',
  options: [...databaseOptions, 'json'],
  examples: ['npx sluice pipelines list', 'npx sluice pipelines list --json'],
  async run(values, context) {
    const { chosen } = chooseDatabaseOrTarget(values, context, false);
    context.printError(describeChosenDatabase(chosen));
    const options = { name: 'pipelines', say: context.printError };
    const bookkeeping = await reachBookkeeping(chosen.database, options);
    const pipelines = await bookkeeping.pipelines().finally(() => bookkeeping.close());
    if (values.json) context.print(JSON.stringify(pipelines.map((one) => ({ ...one, kind: kindOf(one) }))));
    else if (pipelines.length === 0) context.printError('there is no pipeline: `npx sluice run` starts one');
    else show(pipelines, context.print);
    return exitCodes.done;
  },
});

function show(pipelines: readonly PipelineSummary[], print: (line: string) => void): void {
  const head: readonly Column[] = [
    { name: 'pipeline', kind: 'text' },
    { name: 'reads', kind: 'text' },
    ...['read', 'applied', 'superseded', 'filtered', 'parked', 'dead letters'].map(
      (name): Column => ({ name, kind: 'exact' }),
    ),
    { name: 'last commit', kind: 'text' },
  ];
  const rows = pipelines.map((one) => {
    const { read, applied, superseded, filtered, parked } = one.counts;
    const age = one.committedAt === null ? null : Math.max(0, (Date.now() - one.committedAt.getTime()) / 1000);
    const last = age === null ? 'never' : `${formatSeconds(age)} ago`;
    const counts = [read, applied, superseded, filtered, parked, one.deadLetters].map(String);
    return [one.pipeline, sourcesOf(one), ...counts, last];
  });
  for (const line of view(head, rows, terminalWidth())) print(line);
}

/** Returns `topic`, `file` or `stdin`, several joined by `and`; `removed` if only dead letters are left. */
const kindOf = ({ topics }: PipelineSummary): string => {
  const kinds = new Set(topics.map((topic) => /^(file|stdin):/.exec(topic)?.[1] ?? 'topic'));
  return kinds.size === 0 ? 'removed' : [...kinds].sort().join(' and ');
};

const sourcesOf = (one: PipelineSummary): string => {
  const [first = 'nothing: removed'] = one.topics;
  if (one.topics.length > 1) return `${one.topics.length} ${kindOf(one) === 'topic' ? 'topics' : 'sources'}`;
  return first.startsWith('stdin:') ? 'standard input' : first;
};

/** The verbs of `sluice pipelines`. */
export const pipelines: Entry = {
  name: 'pipelines',
  summary: 'list the pipelines of a database, and remove one',
  verbs: [list, remove],
};
