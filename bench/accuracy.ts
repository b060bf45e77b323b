/**
 * `npm run accuracy`: how often the enrichment functions are right, wrong or without an answer on labelled rows.
 *
 *   npm run accuracy -- --data ../shared/eval --misses
 *
 * Without `--data` it reads `../shared/eval` beside the checkout, else the sample in this folder.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { askAll, type Score, scores, share } from './score.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    misses: { type: 'boolean', default: false },
  },
});
const outside = join(import.meta.dirname, '../../shared/eval');
const folder = values.data ?? (existsSync(outside) ? outside : join(import.meta.dirname, 'accuracy-sample'));

const print = (line: string): boolean => process.stdout.write(`${line}\n`);
const cell = (value: number): string => String(value).padStart(9);

function line(group: string, score: Score): string {
  const { rows, correct, wrong, abstained, half } = score;
  const right = `${(100 * share(score)).toFixed(1)}%`.padStart(8);
  const off = `${((100 * wrong) / rows).toFixed(1)}%`.padStart(8);
  return `  ${group.padEnd(34)}${cell(rows)}${cell(correct)}${cell(wrong)}${cell(abstained + half)}${right}${off}`;
}

print(`labelled rows of ${folder}`);
for (const [column, answers] of Object.entries(askAll(folder))) {
  print(`\n${column.padEnd(36)}     rows  correct    wrong abstained   right   wrong`);
  for (const [group, score] of scores(answers)) print(line(group, score));
  if (values.misses)
    for (const { outcome, description } of answers) if (outcome !== 'correct') print(`  ${outcome}: ${description}`);
}
print('\nAn ambiguous row without an answer counts as half right.');
