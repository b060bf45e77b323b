/**
 * The parts of an address that mail providers ignore, from their help pages.
 * Gmail: dots and plus tags; googlemail.com is gmail.com (support.google.com/mail/answer/7436150, /22370).
 * Outlook.com, Hotmail, Live, MSN: plus tags (support.microsoft.com, "Add or remove an email alias in Outlook.com").
 * iCloud: plus tags. me.com, mac.com and icloud.com are the same mailbox only for accounts made before 2012, so they stay.
 * Fastmail: plus tags (fastmail.help, "Plus addressing and subdomain addressing").
 * Proton: plus tags, dots, hyphens and underscores; only tags are folded here (proton.me/support/addresses-and-aliases).
 * Yahoo has no rule. Its disposable addresses are `base-keyword` (help.yahoo.com, "Disposable email addresses"), but the base is not a
 * mailbox, and ordinary names may contain a dash: jean-marc and jean-pierre are two people.
 */

/** How one provider reads the part before the '@'. */
export type MailboxRule = {
  /** The character that starts an ignored tag; null where there are no tags. */
  readonly tag: '+' | null;
  readonly ignoresDots: boolean;
  /** The domain that stands for all spellings of the provider; null keeps the domain. */
  readonly domain: string | null;
};

const gmail: MailboxRule = { tag: '+', ignoresDots: true, domain: 'gmail.com' };
const plus: MailboxRule = { tag: '+', ignoresDots: false, domain: null };

/**
 * The domains where Microsoft offers mailboxes, by country. Other domains with these names may have other owners, and there a plus may
 * be significant.
 */
const microsoft = [
  [
    'outlook',
    'com at be cl co.id co.il co.nz co.th com.ar com.au com.br com.gr com.pe com.tr com.vn cz de dk es fr hu ie in it jp kr lv my nl ph pt sa sg sk',
  ],
  [
    'hotmail',
    'com be ca ch cl co.il co.jp co.kr co.nz co.th co.uk co.za com.ar com.au com.br com.hk com.mx com.my com.tr com.tw com.vn cz de dk es fi fr gr hu it lt lv my nl no ph rs se sg sk',
  ],
  [
    'live',
    'com at be ca cl cn co.kr co.uk co.za com.ar com.au com.mx com.my com.ph com.pt com.sg com.ve de dk fi fr hk ie in it jp lu nl no ph pt ru se',
  ],
].flatMap(([brand, endings = '']) => endings.split(' ').map((ending) => `${brand}.${ending}`));

const rules = new Map<string, MailboxRule>([
  ['gmail.com', gmail],
  ['googlemail.com', gmail],
  ...['icloud.com', 'me.com', 'mac.com'].map((domain) => [domain, plus] as const),
  ...['fastmail.com', 'fastmail.fm', 'messagingengine.com', 'sent.com'].map((domain) => [domain, plus] as const),
  ...['protonmail.com', 'protonmail.ch', 'proton.me', 'pm.me'].map((domain) => [domain, plus] as const),
  ...['msn.com', 'passport.com', 'windowslive.com', ...microsoft].map((domain) => [domain, plus] as const),
]);

/** The rule for an ASCII domain; null where none is known. */
export function providerOf(domain: string): MailboxRule | null {
  return rules.get(domain) ?? null;
}
