/**
 * What mail providers ignore in an address, from their own help pages:
 * Gmail: dots and plus tags, googlemail.com is gmail.com (support.google.com/mail/answer/7436150, /22370);
 * Outlook.com, Hotmail, Live, MSN: plus tags (support.microsoft.com, "Add or remove an email alias in Outlook.com");
 * iCloud: plus tags; me.com, mac.com and icloud.com are the same mailbox only for accounts of before 2012, so they stay;
 * Fastmail: plus tags (fastmail.help, "Plus addressing and subdomain addressing");
 * Proton: plus tags and dots, hyphens and underscores, of which only tags are folded here (proton.me/support/addresses-and-aliases);
 * Yahoo: disposable addresses are `base-keyword` (help.yahoo.com, "Disposable email addresses"); a plain Yahoo name has no dash.
 */

/** How one provider reads the part before the '@'. */
export type MailboxRule = {
  /** What starts a tag that is ignored, null where there are none. */
  readonly tag: '+' | '-' | null;
  readonly ignoresDots: boolean;
  /** The domain that stands for all spellings of the provider; null keeps the domain. */
  readonly domain: string | null;
};

const gmail: MailboxRule = { tag: '+', ignoresDots: true, domain: 'gmail.com' };
const plus: MailboxRule = { tag: '+', ignoresDots: false, domain: null };
const dash: MailboxRule = { tag: '-', ignoresDots: false, domain: null };

const rules = new Map<string, MailboxRule>([
  ['gmail.com', gmail],
  ['googlemail.com', gmail],
  ...['icloud.com', 'me.com', 'mac.com'].map((domain) => [domain, plus] as const),
  ...['fastmail.com', 'fastmail.fm', 'messagingengine.com', 'sent.com'].map((domain) => [domain, plus] as const),
  ...['protonmail.com', 'protonmail.ch', 'proton.me', 'pm.me'].map((domain) => [domain, plus] as const),
  ...['ymail.com', 'rocketmail.com', 'myyahoo.com'].map((domain) => [domain, dash] as const),
  ['msn.com', plus],
  ['passport.com', plus],
]);

/** Brands with a domain per country: `outlook.fr`, `hotmail.co.uk`, `yahoo.com.br`. */
const perCountry = /^(?:(outlook|hotmail|live|windowslive)|(yahoo))\.(?:com|(?:com?\.)?[a-z]{2}|com\.[a-z]{2})$/;

/** The rule for an ASCII domain, null where none is known. Yahoo Japan is another company and has no such rule. */
export function providerOf(domain: string): MailboxRule | null {
  const listed = rules.get(domain);
  if (listed !== undefined) return listed;
  // Cheap first: every brand below starts with one of four letters.
  const first = domain.charCodeAt(0);
  if (first !== 111 && first !== 104 && first !== 108 && first !== 119 && first !== 121) return null;
  const match = perCountry.exec(domain);
  if (match === null || domain === 'yahoo.co.jp') return null;
  return match[1] === undefined ? dash : plus;
}
