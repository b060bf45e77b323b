/**
 * The enrichment functions by column, in their order of execution: a later function may read the results of earlier ones.
 * A new function is one file in this folder and one line here.
 */
import type { Column } from '../schemas/table-shape.ts';
import type { UserEvent } from '../schemas/user-event.ts';
import { emailCategory } from './email-category.ts';
import { emailDomain } from './email-domain.ts';
import { fullName } from './full-name.ts';
import { countrySource, inferredCountry } from './inferred-country.ts';
import { isValidEmail } from './is-valid-email.ts';
import { normalizedEmail, plainEmail } from './normalized-email.ts';
import { phoneE164 } from './phone-e164.ts';

/** A computed value. Dates, times and numbers with decimals are texts; a `bigint` keeps all its digits. */
export type EnrichedValue = string | boolean | number | bigint | null;

/** The values computed so far for one event, by column name. */
export type EnrichedSoFar = { readonly [column: string]: EnrichedValue | undefined };

/** One enrichment: a pure function of the event and of earlier results. */
export type Enrichment = {
  /** The column of `users_enriched` it fills. */
  readonly column: string;
  /** No clock, no I/O; the same event always gives the same value. If it throws, the record is parked with the name of this column. */
  readonly compute: (event: UserEvent, earlier: EnrichedSoFar) => EnrichedValue;
  /** Definition of the column, if no migration makes it: the column of a user's own function. */
  readonly definition?: Column;
};

export const enrichments: readonly Enrichment[] = [
  { column: 'full_name', compute: (event) => fullName(event.first_name, event.last_name) },
  { column: 'email_domain', compute: (event) => emailDomain(event.email) },
  { column: 'is_valid_email_flag', compute: (event) => isValidEmail(event.email) },
  { column: 'email_category', compute: (event) => emailCategory(event.email) },
  { column: 'normalized_email', compute: (event) => normalizedEmail(event.email) },
  { column: 'inferred_country', compute: (event) => inferredCountry(event) },
  { column: 'country_source', compute: (event) => countrySource(event) },
  {
    column: 'phone_e164',
    compute: (event, { inferred_country: country }) =>
      phoneE164(event.phone, typeof country === 'string' ? country : null),
  },
];

/** The same with the mailbox rules off: `normalized_email` keeps dots and tags. */
const withoutMailboxRules: readonly Enrichment[] = enrichments.map((enrichment) =>
  enrichment.column === 'normalized_email'
    ? { column: enrichment.column, compute: (event) => plainEmail(event.email) }
    : enrichment,
);

/** The functions for `--mailbox-rules`. */
export function enrichmentsFor(mailboxRules: 'on' | 'off'): readonly Enrichment[] {
  return mailboxRules === 'on' ? enrichments : withoutMailboxRules;
}
