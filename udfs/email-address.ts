/**
 * One reading of an e-mail cell that all e-mail columns share, so that they cannot disagree: where the domain starts,
 * what its ASCII form is, and whether the address is one that mail can be sent to.
 *
 * Spaces around an address are an accident of typing and ignored. Line breaks and other control characters are not:
 * they come from broken imports or from header injection, and make the address invalid.
 */
import { domainToASCII } from 'node:url';
import { parse } from 'tldts';
import isEmailModule from 'validator/lib/isEmail.js';
import { memoize } from './memo.ts';

const isEmail = isEmailModule.default;

/** An e-mail cell, read. */
export type EmailAddress = {
  /** Before the last '@', trimmed and in NFC, letters as written. */
  readonly local: string;
  /** Behind the last '@', lower case, in ASCII (punycode) form; null where there is none. */
  readonly domain: string | null;
  /** The answer of `is_valid_email_flag`. */
  readonly valid: boolean;
};

const nothing: EmailAddress = { local: '', domain: null, valid: false };

type Domain = { readonly ascii: string | null; readonly registrable: string | null; readonly mailable: boolean };

const noDomain: Domain = { ascii: null, registrable: null, mailable: false };

/** RFC 5321 4.5.3.1.1: at most 64 octets before the '@'. 4.5.3.1.3 leaves 254 for the whole (RFC 3696, erratum 1690). */
const longestLocal = 64;
const longestDomain = 253;
const longestAddress = 254;

/** Letters, digits, hyphen and dot (plus the underscore seen in the wild): all that an ASCII domain is made of. */
const asciiDomain = /^[.-]*\w[\w.-]*$/;

/** RFC 1034 3.5 with RFC 1123 2.1: labels of 1 to 63 letters, digits and inner hyphens. */
const hostName = /^(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/;

/** Names that RFC 6761, 6762 and 7686 keep from ever being a mail domain, though lists of suffixes carry some of them. */
const neverMail = /\.(?:onion|local|localhost|invalid|test|arpa)$/;

/**
 * Endings that are taken without being in the list. `.tld` is what documentation writes where any domain could stand, like
 * `example.com`, which is in the list. And what is written in another script: a list is for typing errors (`.con`, `.cmo`), which
 * do not happen there, and would refuse real ones that are newer than it.
 */
const unlistedEnding = /\.(?:tld|xn--[a-z\d-]+)$/;

/** A label of any script that begins or ends with a hyphen (RFC 5891 4.2.3.1), which its ASCII form hides. */
const looseHyphen = /(?:^|[.\u3002\uff0e])-|-(?:[.\u3002\uff0e]|$)/;

/** The common case: a dot-atom of ASCII (RFC 5322 3.2.3). Two simple classes, so matching is linear. */
const dotAtom = /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/;

/** Anywhere, also around the address, where trimming would hide them. */
const lineBreak = /[\n\r\u2028\u2029]/;

/** Controls, invisible formatting, spaces, private characters, halves of characters: never part of a readable address. */
const unsafe = /[\p{Cc}\p{Cf}\p{Z}\p{Co}\p{Cs}]/u;

/** An accent with no letter before it. */
const strayMark = /(?:^|\.)\p{M}/u;

const readDomain = memoize(8192, (text: string): Domain => {
  const ascii = asciiDomain.test(text) ? text.toLowerCase() : text.length > longestDomain ? '' : domainToASCII(text);
  if (ascii === '' || !asciiDomain.test(ascii)) return noDomain;
  const { isIcann, domain } = parse(ascii);
  const mailable =
    ascii.length <= longestDomain &&
    hostName.test(ascii) &&
    !looseHyphen.test(text) &&
    !neverMail.test(ascii) &&
    (isIcann === true || (unlistedEnding.test(ascii) && domainToASCII(ascii) === ascii));
  return { ascii, registrable: domain ?? ascii, mailable };
});

/** The part of an ASCII domain that somebody registered: `ox.ac.uk` of `mail.cs.ox.ac.uk`. */
export function registrableOf(domain: string): string {
  return readDomain(domain).registrable ?? domain;
}

function readAddress(raw: string): EmailAddress {
  let text = raw.trim();
  // "Ada Lovelace <ada@example.org>": the domain is worth having, but the cell does not hold an address.
  const displayed = text.endsWith('>') && text.includes('<');
  if (displayed) text = text.slice(text.lastIndexOf('<') + 1, -1).trim();
  const at = text.lastIndexOf('@');
  if (at === -1) return nothing;
  const host = text.slice(at + 1).trim();
  const domain = readDomain(host);
  if (domain.ascii === null) return nothing;
  const local = text.slice(0, at).trim().normalize('NFC');
  const bare = !displayed && text.charCodeAt(at + 1) === host.charCodeAt(0);
  const valid =
    domain.mailable && bare && !lineBreak.test(raw) && isLocal(text.slice(0, at).normalize('NFC'), domain.ascii);
  return { local, domain: domain.ascii, valid };
}

/**
 * Quoted local parts are refused: RFC 5321 allows them, but next to no mailbox has one, and in data they are broken CSV.
 * What is beyond ASCII is left to validator (internationalised addresses, RFC 6531).
 */
function isLocal(local: string, domain: string): boolean {
  if (local.length > longestLocal) return false;
  if (dotAtom.test(local)) return local.length + 1 + domain.length <= longestAddress;
  return !local.startsWith('"') && !unsafe.test(local) && !strayMark.test(local) && isEmail(`${local}@${domain}`);
}

let lastText = '';
let lastAddress = nothing;

/** Reads an e-mail cell. Never throws. The columns of one record ask one after the other, so one answer is remembered. */
export function readEmail(text: string | null): EmailAddress {
  if (text === null || text === '') return nothing;
  if (text !== lastText) {
    lastAddress = readAddress(text);
    lastText = text;
  }
  return lastAddress;
}
