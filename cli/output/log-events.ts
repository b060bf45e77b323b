/** Logs the events of a use case, with the commands and options that help. */
import { enrichedTable } from '../../schemas/migrations.ts';
import { logEvents } from '../../services/event-log.ts';
import type { Words } from '../../services/words.ts';
import { type DeadLetterQuery, deadLetterCommand } from './dead-letter-query.ts';

const words: Omit<Words, 'showParked'> = {
  backfill: (column) => `: npx sluice backfill --column ${column}`,
  dropColumn: (column) => {
    const drop = `ALTER TABLE ${enrichedTable} DROP COLUMN ${column}; DELETE FROM sluice.own_function WHERE column_name = '${column}'`;
    return `. To drop it: npx sluice sql --write "${drop}"`;
  },
  startIgnored: ({ pipeline, from, checkpoints }, positions) => {
    const [first] = checkpoints;
    if (first === undefined) return '--from is ignored: a file is read from its start';
    const source = first.topic.startsWith('file:') ? ` --source '${first.topic}'` : '';
    return (
      `--from is ignored: pipeline ${pipeline} has a checkpoint at ${positions}; ` +
      `\`npx sluice reset --group-id ${pipeline}${source} --to ${from}\` moves it`
    );
  },
  removeUnseen: ': `npx sluice replicate --until-caught-up --after-resnapshot delete` removes them',
  nameSource: '--source-db names the source',
  nameConnect: '--connect-url names Kafka Connect',
  setSequences: 'give --source-db, or run these statements before anything else writes there',
};

/** Returns the subscriber that logs events. Its message about parked records contains the command for `deadLetters`. */
export const commandLog = (logger: Parameters<typeof logEvents>[0], deadLetters: DeadLetterQuery) =>
  logEvents(logger, { ...words, showParked: (since) => `; ${deadLetterCommand(deadLetters, since)}` });
