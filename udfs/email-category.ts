/**
 * Column `email_category`: the kind of mailbox, from the domain alone.
 *
 * The first match in this order wins; a listed domain covers its sub-domains:
 *  1. `unknown`: missing or invalid address
 *  2. `personal`: well-known free mail and internet providers, before the lists of disposable domains that also name some of them
 *  3. `disposable`: listed disposable domains, before any rule that a spammer could imitate
 *  4. `military`, then `government`: suffixes and domains of armed forces and administrations (a ministry of defence is both)
 *  5. `educational`: reserved suffixes, then listed schools
 *  6. `personal`: the long tail of free-mail providers, and suffixes that registries reserve for internet providers
 *  7. `educational` again, by the words of the name (`uni-…`, `…-gymnasium`)
 *  8. `government` again, by the names of towns
 *  9. `nonprofit`: `.org` and similar, `.int`, and charities by their name
 * 10. `corporate`: everything else
 */
import { readEmail } from './email-address.ts';
import type { MailDomain } from './mail-domain.ts';
import { agencies, isOfficeName } from './tables/agencies.ts';
import { isCharity } from './tables/charities.ts';
import { isMunicipality } from './tables/municipalities.ts';
import { knownPersonal, personalBrand } from './tables/personal-domains.ts';
import {
  isCharitable,
  isEducationalName,
  isEducationalSuffix,
  isGovernment,
  isMilitary,
  isNetworkProvider,
  suffixOf,
} from './tables/suffix-rules.ts';
import { loadTable } from './tables/table.ts';

const categories = [
  'personal',
  'corporate',
  'educational',
  'government',
  'military',
  'nonprofit',
  'disposable',
  'unknown',
] as const;

/** The values of `email_category`. */
export type EmailCategory = (typeof categories)[number];

/** Listed domains: `d` disposable, `f` free mail, `s` school. */
const mailDomains = loadTable('mail-domains');

/** The domain and its parents, down to the registrable one. */
function withParents(domain: string, registrable: string): readonly string[] {
  const found = [domain];
  for (let from = domain.indexOf('.') + 1; domain.length - from >= registrable.length && from > 0; ) {
    found.push(domain.slice(from));
    from = domain.indexOf('.', from) + 1;
  }
  return found;
}

function isAgency(keys: readonly string[], registrable: string): boolean {
  const label = registrable.slice(0, registrable.indexOf('.'));
  return keys.some((key) => agencies.has(key)) || isOfficeName(label, registrable.slice(-2));
}

function categoryOf({ ascii: domain, registrable }: MailDomain): EmailCategory {
  const keys = withParents(domain, registrable);
  if (keys.some((key) => knownPersonal.has(key)) || personalBrand.test(registrable)) return 'personal';
  // The most specific name decides: a school below a free-mail provider is a school. A name listed as both is free mail.
  const lists = keys.map((key) => mailDomains.find(key) ?? '');
  if (lists.some((letters) => letters.includes('d'))) return 'disposable';
  const suffix = suffixOf(domain);
  if (isMilitary(suffix)) return 'military';
  if (isGovernment(suffix, registrable) || isAgency(keys, registrable)) return 'government';
  if (isEducationalSuffix(suffix)) return 'educational';
  const listed = lists.find((letters) => letters !== '') ?? '';
  if (listed === 's') return 'educational';
  if (listed !== '' || isNetworkProvider(suffix)) return 'personal';
  if (isEducationalName(registrable)) return 'educational';
  if (isMunicipality(registrable)) return 'government';
  if (isCharitable(suffix) || isCharity(domain, registrable)) return 'nonprofit';
  return 'corporate';
}

/** The category of an address's domain; `unknown` when `is_valid_email_flag` is false. */
export function emailCategory(email: string | null): EmailCategory {
  const { domain, valid } = readEmail(email);
  if (!valid || domain === null) return 'unknown';
  domain.category ??= categoryOf(domain);
  return domain.category;
}
