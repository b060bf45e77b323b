import { expect, test } from 'vitest';
import { actionsOf } from './operator.ts';

test('a statement is run in the database that the message names', () => {
  expect(
    actionsOf(`sluice: public.t has no column "v" [definition_differs]
  On the target: ALTER TABLE public.t ADD COLUMN v boolean DEFAULT false;
  On the source, as the owner: ALTER PUBLICATION "p" SET (publish_via_partition_root = true); then again`),
  ).toEqual([
    { where: 'target', text: 'ALTER TABLE public.t ADD COLUMN v boolean DEFAULT false;' },
    { where: 'source', text: 'ALTER PUBLICATION "p" SET (publish_via_partition_root = true);' },
  ]);
});

test('commands that change something are run, those that only read are not', () => {
  expect(
    actionsOf('See `npx sluice connector status`; bring its rows: `npx sluice connector snapshot --tables public.t`'),
  ).toEqual([{ where: 'command', text: 'connector snapshot --tables public.t' }]);
});

test('a log message is read as well, once', () => {
  const line = JSON.stringify({ msg: "held: ALTER TYPE \"st\" ADD VALUE 'hold' BEFORE 'done';" });
  expect(actionsOf(`${line}\n${line}`)).toEqual([
    { where: 'target', text: `ALTER TYPE "st" ADD VALUE 'hold' BEFORE 'done';` },
  ]);
});
