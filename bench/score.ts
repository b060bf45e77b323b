/**
 * Scores the answers of the enrichment functions for labelled rows, by kind. The format of the rows is described in
 * `bench/accuracy-sample/README.md`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { emailCategory } from '../udfs/email-category.ts';
import { inferredCountry } from '../udfs/inferred-country.ts';
import { isValidEmail } from '../udfs/is-valid-email.ts';

/** `half`: no answer where several would be right. */
export type Outcome = 'correct' | 'wrong' | 'abstained' | 'half';

/** The answer for one row. */
export type Answer = {
  /** The groups that count the row. */
  readonly groups: readonly string[];
  readonly outcome: Outcome;
  /** Input, answer and expectation, as text. */
  readonly description: string;
};

type ValidityRow = { email: string; valid: boolean; exotic: boolean; contested: boolean; intl: boolean };
type CategoryRow = { email: string; category: string; subcategory?: string; hard?: boolean };
type CountryRow = {
  kind: string;
  difficulty: string;
  expected_iso2?: string | null;
  acceptable?: readonly (string | null)[];
} & { [cell in 'country' | 'state' | 'city' | 'postal_code' | 'phone' | 'email']: string };

function rows<Row>(folder: string, name: string): Row[] {
  return readFileSync(join(folder, `${name}.jsonl`), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
}

function validity({ email, valid, exotic, contested, intl }: ValidityRow): Answer {
  const kind = contested ? 'contested' : exotic ? 'exotic' : intl ? 'international' : 'plain';
  const given = isValidEmail(email);
  return {
    groups: [contested || exotic ? 'set apart' : 'uncontested', kind],
    outcome: given === valid ? 'correct' : 'wrong',
    description: `${JSON.stringify(email)} is ${given}, not ${valid}`,
  };
}

function category({ email, category: labelled, subcategory, hard }: CategoryRow): Answer {
  const expected = subcategory === 'military' ? 'military' : labelled === 'organization' ? 'nonprofit' : labelled;
  const given = emailCategory(email);
  return {
    groups: ['all', expected, hard === true ? 'hard' : 'not hard'],
    outcome: given === expected ? 'correct' : given === 'unknown' ? 'abstained' : 'wrong',
    description: `${email} is ${given}, not ${expected}`,
  };
}

function country(row: CountryRow): Answer {
  const cell = (text: string): string | null => (text === '' ? null : text);
  const cells = {
    country: cell(row.country),
    state: cell(row.state),
    city: cell(row.city),
    postal_code: cell(row.postal_code),
    phone: cell(row.phone),
    email: cell(row.email),
  };
  const given = inferredCountry(cells);
  const accepted = row.acceptable ?? [row.expected_iso2 ?? null];
  const abstained = given === null ? (row.difficulty === 'ambiguous' ? 'half' : 'abstained') : 'wrong';
  return {
    groups: ['all', row.difficulty, `${row.difficulty} ${row.kind}`],
    outcome: accepted.includes(given) ? 'correct' : abstained,
    description: `${JSON.stringify(Object.fromEntries(Object.entries(cells).filter(([, text]) => text !== null)))} is ${given}, not ${accepted.join(' or ')}`,
  };
}

/** The answers for every labelled row of a folder, by function. */
export function askAll(folder: string): { readonly [column: string]: readonly Answer[] } {
  return {
    is_valid_email_flag: rows<ValidityRow>(folder, 'email_validity').map(validity),
    email_category: rows<CategoryRow>(folder, 'email_category').map(category),
    inferred_country: rows<CountryRow>(folder, 'country').map(country),
  };
}

/** Number of rows of a group by outcome. */
export type Score = { readonly [outcome in Outcome]: number } & { readonly rows: number };

/** The groups with their scores, sorted by name. */
export function scores(answers: readonly Answer[]): ReadonlyMap<string, Score> {
  const found = new Map<string, { [outcome in Outcome]: number } & { rows: number }>();
  for (const { groups, outcome } of answers) {
    for (const group of groups) {
      const score = found.get(group) ?? { rows: 0, correct: 0, wrong: 0, abstained: 0, half: 0 };
      score.rows += 1;
      score[outcome] += 1;
      found.set(group, score);
    }
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Share of right answers; a half counts as 0.5. */
export function share(score: Score): number {
  return (score.correct + score.half / 2) / score.rows;
}
