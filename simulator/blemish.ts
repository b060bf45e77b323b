/**
 * Typical flaws of rows in a legacy table: bad e-mails, missing countries, odd spacing and case, placeholders. A blemished
 * row is still a valid event; records that must be parked are in `sample-broken.ts`.
 */
import type { LegacyUser } from './legacy-user.ts';
import type { Prng } from './prng.ts';

type Blemish = (prng: Prng, user: LegacyUser) => void;

const placeholders = ['N/A', 'n/a', 'none', '-', 'unknown', 'NULL', '?', ''];
const phonePlaceholders = ['000-000-0000', '0', 'n/a', '123456', '+1', '999 999 999 999', 'keine'];

/** Makes an e-mail address undeliverable in one of several ways. */
const spoilEmail = (prng: Prng, email: string): string => {
  const at = email.indexOf('@');
  const local = email.slice(0, at);
  const domain = email.slice(at + 1);
  switch (prng.below(9)) {
    case 0:
      return `${local}${domain}`;
    case 1:
      return `${local}@@${domain}`;
    case 2:
      return `${local}@${domain.slice(0, domain.indexOf('.'))}`;
    case 3:
      return `${local} ${prng.below(9)}@${domain}`;
    case 4:
      return `${local}@${domain.replace('.', ',')}`;
    case 5:
      return `${local}..x@${domain}`;
    case 6:
      return `@${domain}`;
    case 7:
      return `${local}@${domain}.`;
    default:
      return prng.pick(placeholders);
  }
};

const swapCase = (text: string): string =>
  Array.from(text, (char, i) => (i % 2 === 0 ? char.toLowerCase() : char.toUpperCase())).join('');

/** All flaws, equally likely. Bad e-mails are listed twice and so occur twice as often. */
const blemishes: readonly Blemish[] = [
  (prng, user) => {
    user.email = spoilEmail(prng, user.email ?? 'nobody@example.com');
  },
  (prng, user) => {
    user.email = spoilEmail(prng, user.email ?? 'nobody@example.com');
  },
  (_, user) => {
    user.email = null;
  },
  (_, user) => {
    user.country = null;
  },
  (prng, user) => {
    user.country = prng.pick(placeholders);
  },
  (prng, user) => {
    user.first_name = `  ${user.first_name} `;
    user.last_name = `${user.last_name}${prng.chance(0.5) ? '\t' : '  '}`;
    user.email = ` ${user.email}  `;
    user.country = ` ${user.country}`;
  },
  (prng, user) => {
    const write = prng.chance(0.5) ? (text: string) => text.toUpperCase() : swapCase;
    user.first_name = write(user.first_name ?? '');
    user.last_name = write(user.last_name ?? '');
    user.email = user.email?.toUpperCase() ?? null;
    user.country = prng.chance(0.5) ? (user.country?.toLowerCase() ?? null) : write(user.country ?? '');
  },
  (_, user) => {
    user.phone = null;
  },
  (prng, user) => {
    user.phone = prng.pick(phonePlaceholders);
  },
  (prng, user) => {
    user.postal_code = prng.chance(0.5) ? null : prng.pick(['00000', 'N/A', '']);
  },
  (prng, user) => {
    user.first_name = prng.pick(['TEST', 'xxx', '', 'N/A']);
    user.last_name = prng.chance(0.5) ? null : prng.pick(placeholders);
  },
  (_, user) => {
    user.address = null;
    user.state = null;
  },
];

/** Spoils a clean row in one way, in place. */
export function blemish(prng: Prng, user: LegacyUser): void {
  prng.pick(blemishes)(prng, user);
}
