/**
 * Reads the domain of an e-mail address once for all e-mail columns: its ASCII form, its registrable part, whether mail can be sent there,
 * and its provider's mailbox rule. Readings are memoized. Nearly every other record still misses the cache, so reading must be cheap.
 */
import { parse } from 'tldts';
import { domainToAscii, isName } from './domain-ascii.ts';
import type { EmailCategory } from './email-category.ts';
import { memoize } from './memo.ts';
import { type MailboxRule, providerOf } from './tables/mailbox-rules.ts';

/** The domain of an e-mail cell. */
export type MailDomain = {
  /** Lower case, in ASCII (punycode) form. */
  readonly ascii: string;
  /** The part that somebody registered: `ox.ac.uk` of `mail.cs.ox.ac.uk`. */
  readonly registrable: string;
  /** Can mail be sent there? */
  readonly mailable: boolean;
  /** The part before the '@' that its provider ignores; null if no rule is known. */
  readonly mailbox: MailboxRule | null;
  /** Null until `email-category.ts` computes it. */
  category: EmailCategory | null;
};

const longestDomain = 253;

/** Letters, digits, hyphens and dots, plus the underscore seen in practice: the characters of an ASCII domain. */
const asciiDomain = /^[.-]*\w[\w.-]*$/;

/** RFC 1034 3.5 with RFC 1123 2.1: labels of 1 to 63 letters, digits and inner hyphens. */
const hostName = /^(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/;

/** Names that RFC 6761, 6762 and 7686 reserve, so that no mail domain can have them. Lists of suffixes contain some of them. */
const neverMail = /\.(?:onion|local|localhost|invalid|test|arpa)$/;

/**
 * Accepted endings that are not in the list. Documentation uses `.tld` for any domain (`example.com` is in the list). Endings in another
 * script are also accepted: the list catches typing errors (`.con`, `.cmo`), which do not happen there, and would reject newer endings.
 * (A second hyphen in the ASCII form means that it has Latin letters.)
 */
const unlistedEnding = /\.(?:tld|xn--[a-z\d]+)$/;

/** A label of any script that begins or ends with a hyphen (RFC 5891 4.2.3.1). The ASCII form hides it. */
const looseHyphen = /(?:^|[.\u3002\uff0e])-|-(?:[.\u3002\uff0e]|$)/;

/** A name that `hostName` matches is neither a URL nor an IPv6 address, and has valid labels. An IPv4 address has no listed ending. */
const hostOptions = { extractHostname: false, mixedInputs: false, validateHostname: false, detectIp: false } as const;

/** Reads the text after the '@', without surrounding spaces or a final dot. Null if it cannot be a domain. */
export const readDomain = memoize(8192, (text: string): MailDomain | null => {
  const plain = asciiDomain.test(text);
  if (!plain && text.length > longestDomain) return null;
  const ascii = plain ? text.toLowerCase() : domainToAscii(text);
  if (ascii === null || !asciiDomain.test(ascii)) return null;
  const domain = { ascii, registrable: ascii, mailable: false, mailbox: null, category: null };
  if (ascii.length > longestDomain || !hostName.test(ascii) || neverMail.test(ascii)) return domain;
  if (!plain && looseHyphen.test(text)) return domain;
  const listed = parse(ascii, hostOptions);
  const mailable = (listed.isIcann === true || unlistedEnding.test(ascii)) && (!plain || isName(ascii));
  return { ascii, registrable: listed.domain ?? ascii, mailable, mailbox: providerOf(ascii), category: null };
});
