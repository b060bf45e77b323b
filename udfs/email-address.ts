/**
 * One reading of an e-mail cell that all e-mail columns share, so that they cannot disagree: where the domain starts,
 * what its ASCII form is, and whether the address is one that mail can be sent to.
 *
 * Spaces around an address are an accident of typing and ignored. Line breaks and other control characters are not:
 * they come from broken imports or from header injection, and make the address invalid.
 */
import isEmailModule from 'validator/lib/isEmail.js';
import { type MailDomain, readDomain } from './mail-domain.ts';
import { combiningMarks, lettersBeyondAscii, punctuationBeyondAscii } from './tables/letters.ts';

const isEmail = isEmailModule.default;

/** An e-mail cell, read. */
export type EmailAddress = {
  /** Before the last '@', trimmed and in NFC, letters as written. */
  readonly local: string;
  /** Behind the last '@'; null where there is none. */
  readonly domain: MailDomain | null;
  /** The answer of `is_valid_email_flag`. */
  readonly valid: boolean;
  /** Is the cell nothing but printable ASCII, so that it is in its normal form of Unicode and lower case keeps it there? */
  readonly plain: boolean;
};

const nothing: EmailAddress = { local: '', domain: null, valid: false, plain: true };

/** RFC 5321 4.5.3.1.1: at most 64 octets before the '@'. 4.5.3.1.3 leaves 254 for the whole (RFC 3696, erratum 1690). */
const longestLocal = 64;
const longestAddress = 254;

/** Nothing to trim, no display name, nothing to normalise. */
const plainText = /^[!-=?-~]+$/;

/** The common case: a dot-atom of ASCII (RFC 5322 3.2.3). Two simple classes, so matching is linear. */
const dotAtom = /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/;

/** The same with letters and punctuation of any script (RFC 6531), no accent with nothing before it. Linear likewise. */
const letter = `\\w!#$%&'*+/=?^\`{|}~${lettersBeyondAscii}${punctuationBeyondAscii}-`;
const anyAtom = `[${letter}][${letter}${combiningMarks}]*`;
const anyDotAtom = new RegExp(`^${anyAtom}(?:\\.${anyAtom})*$`, 'u');

/** Controls, line breaks and the byte order mark anywhere, also where trimming would hide them. A tab is a space. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const control = /[\0-\x08\n-\x1f\x7f-\x9f\u2028\u2029\ufeff]/;

/**
 * The text without the dots at its end: a domain may be written with the dot of the root, an address may not (RFC 5321 2.3.5).
 * Counted from the end, because a pattern would try every dot of a long row of them.
 */
function withoutFinalDots(text: string): string {
  let end = text.length;
  while (end > 0 && '.\u3002\uff0e\uff61'.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

function readAddress(raw: string): EmailAddress {
  return plainText.test(raw) ? readPlain(raw) : readAny(raw);
}

function readPlain(text: string): EmailAddress {
  const at = text.lastIndexOf('@');
  if (at === -1) return nothing;
  const rooted = text.endsWith('.');
  const domain = readDomain(rooted ? withoutFinalDots(text.slice(at + 1)) : text.slice(at + 1));
  if (domain === null) return nothing;
  const local = text.slice(0, at);
  return { local, domain, valid: !rooted && domain.mailable && isLocal(local, domain.ascii), plain: true };
}

function readAny(raw: string): EmailAddress {
  let text = raw.trim();
  // "Ada Lovelace <ada@example.org>": the domain is worth having, but the cell does not hold an address.
  const displayed = text.endsWith('>') && text.includes('<');
  if (displayed) text = text.slice(text.lastIndexOf('<') + 1, -1).trim();
  const at = text.lastIndexOf('@');
  if (at === -1) return nothing;
  const behind = text.slice(at + 1);
  const host = withoutFinalDots(behind.trim());
  const domain = readDomain(host);
  if (domain === null) return nothing;
  const before = text.slice(0, at);
  const local = before.normalize('NFC');
  const bare = !displayed && host === behind && !control.test(raw);
  // Normalising can make a symbol of two characters that are allowed, and change the length: both spellings have to do.
  const valid = domain.mailable && bare && isLocal(before, domain.ascii) && isLocal(local, domain.ascii);
  return { local: local.trim(), domain, valid, plain: false };
}

/**
 * Quoted local parts are refused: RFC 5321 allows them, but next to no mailbox has one, and in data they are broken CSV.
 * Beyond ASCII symbols, box drawing and what shows nothing are refused, too; the rest is left to validator. Limits are in octets.
 */
function isLocal(local: string, domain: string): boolean {
  if (local.length > longestLocal) return false;
  if (dotAtom.test(local)) return local.length + 1 + domain.length <= longestAddress;
  const length = Buffer.byteLength(local);
  if (length > longestLocal || length + 1 + domain.length > longestAddress) return false;
  return anyDotAtom.test(local) && isEmail(`${local}@${domain}`);
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
