/**
 * Column `email_category`: what kind of mailbox an address is, from its domain alone.
 *
 * One precedence, first match wins; a listed domain covers its sub-domains:
 *  1. `unknown`: missing or invalid address
 *  2. `personal`: well-known mail for private persons, before the lists of throw-away domains that also name some of them
 *  3. `disposable`: listed throw-away domains, before anything a spammer could imitate
 *  4. `military`, then `government`: suffixes and domains of armed forces and administrations (a ministry of defence is both)
 *  5. `educational`: reserved suffixes, then listed schools
 *  6. `personal`: the long tail of free-mail providers
 *  7. `educational` again, by the words of the name (`uni-…`, `…-gymnasium`)
 *  8. `government` again, by the names of towns
 *  9. `nonprofit`: `.org` and its kin, `.int`, and charities by their name
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

const disposable = loadTable('disposable');
const freeMail = loadTable('free-mail');
const schools = loadTable('schools');

/** Is the domain, or one it belongs to down to the registrable one, listed? */
function listed(domain: string, registrable: string, has: (key: string) => boolean): boolean {
  for (let from = 0; domain.length - from >= registrable.length; ) {
    if (has(from === 0 ? domain : domain.slice(from))) return true;
    const dot = domain.indexOf('.', from);
    if (dot === -1) return false;
    from = dot + 1;
  }
  return false;
}

function isAgency(domain: string, registrable: string): boolean {
  const label = registrable.slice(0, registrable.indexOf('.'));
  return listed(domain, registrable, (key) => agencies.has(key)) || isOfficeName(label, domain.slice(-2));
}

function categoryOf({ ascii: domain, registrable }: MailDomain): EmailCategory {
  if (listed(domain, registrable, (key) => knownPersonal.has(key)) || personalBrand.test(registrable))
    return 'personal';
  if (listed(domain, registrable, disposable.has)) return 'disposable';
  const suffix = suffixOf(domain);
  if (isMilitary(suffix)) return 'military';
  if (isGovernment(suffix, registrable) || isAgency(domain, registrable)) return 'government';
  if (isEducationalSuffix(suffix) || listed(domain, registrable, schools.has)) return 'educational';
  if (listed(domain, registrable, freeMail.has)) return 'personal';
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
