/**
 * What stands behind the '@', read once and remembered for all e-mail columns: its ASCII form, the part that somebody
 * registered, whether mail can go there, how its provider reads a mailbox. Nearly every other record has a domain that is
 * new or forgotten, so the reading itself is kept cheap, too.
 */
import { parse } from 'tldts';
import { domainToAscii, isName } from './domain-ascii.ts';
import type { EmailCategory } from './email-category.ts';
import { memoize } from './memo.ts';
import { type MailboxRule, providerOf } from './tables/mailbox-rules.ts';

/** A domain that an e-mail cell names. */
export type MailDomain = {
  /** Lower case, in ASCII (punycode) form. */
  readonly ascii: string;
  /** `ox.ac.uk` of `mail.cs.ox.ac.uk`. */
  readonly registrable: string;
  /** Can mail be sent there? */
  readonly mailable: boolean;
  /** What its provider ignores before the '@'; null where nothing is known. */
  readonly mailbox: MailboxRule | null;
  /** Null until `email-category.ts` is asked. */
  category: EmailCategory | null;
};

const longestDomain = 253;

/** Letters, digits, hyphen and dot (plus the underscore seen in the wild): all that an ASCII domain is made of. */
const asciiDomain = /^[.-]*\w[\w.-]*$/;

/** RFC 1034 3.5 with RFC 1123 2.1: labels of 1 to 63 letters, digits and inner hyphens. */
const hostName = /^(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/;

/** Names that RFC 6761, 6762 and 7686 keep from ever being a mail domain, though lists of suffixes carry some of them. */
const neverMail = /\.(?:onion|local|localhost|invalid|test|arpa)$/;

/**
 * Endings that are taken without being in the list. `.tld` is what documentation writes where any domain could stand, like
 * `example.com`, which is in the list. And what is written in another script: a list is for typing errors (`.con`, `.cmo`), which
 * do not happen there, and would refuse real ones that are newer than it. (A second hyphen in its ASCII form says that it has Latin letters.)
 */
const unlistedEnding = /\.(?:tld|xn--[a-z\d]+)$/;

/** A label of any script that begins or ends with a hyphen (RFC 5891 4.2.3.1), which its ASCII form hides. */
const looseHyphen = /(?:^|[.\u3002\uff0e])-|-(?:[.\u3002\uff0e]|$)/;

/** What `hostName` has let through is no URL, no IPv6 address, and of valid labels; an IPv4 address has no listed ending. */
const hostOptions = { extractHostname: false, mixedInputs: false, validateHostname: false, detectIp: false } as const;

/** Reads the text behind the '@', without spaces around it or a final dot; null where it is none that a domain could be. */
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
