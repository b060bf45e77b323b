/**
 * One reading of an e-mail cell that all e-mail columns share, so that they cannot disagree: where the domain starts,
 * what its ASCII form is, and whether the address is one that mail can be sent to.
 *
 * Spaces around an address are an accident of typing and ignored. Line breaks and other control characters are not:
 * they come from broken imports or from header injection, and make the address invalid.
 */
import isEmailModule from 'validator/lib/isEmail.js';
import { type MailDomain, readDomain } from './mail-domain.ts';

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

/** Anywhere, also around the address, where trimming would hide them. */
const lineBreak = /[\n\r\u2028\u2029]/;

/** Controls, invisible formatting, spaces, private characters, halves of characters: never part of a readable address. */
const unsafe = /[\p{Cc}\p{Cf}\p{Z}\p{Co}\p{Cs}]/u;

/** An accent with no letter before it. */
const strayMark = /(?:^|\.)\p{M}/u;

function readAddress(raw: string): EmailAddress {
  return plainText.test(raw) ? readPlain(raw) : readAny(raw);
}

function readPlain(text: string): EmailAddress {
  const at = text.lastIndexOf('@');
  if (at === -1) return nothing;
  const domain = readDomain(text.slice(at + 1));
  if (domain === null) return nothing;
  const local = text.slice(0, at);
  return { local, domain, valid: domain.mailable && isLocal(local, domain.ascii), plain: true };
}

function readAny(raw: string): EmailAddress {
  let text = raw.trim();
  // "Ada Lovelace <ada@example.org>": the domain is worth having, but the cell does not hold an address.
  const displayed = text.endsWith('>') && text.includes('<');
  if (displayed) text = text.slice(text.lastIndexOf('<') + 1, -1).trim();
  const at = text.lastIndexOf('@');
  if (at === -1) return nothing;
  const host = text.slice(at + 1).trim();
  const domain = readDomain(host);
  if (domain === null) return nothing;
  const local = text.slice(0, at).trim().normalize('NFC');
  const bare = !displayed && text.charCodeAt(at + 1) === host.charCodeAt(0);
  const valid =
    domain.mailable && bare && !lineBreak.test(raw) && isLocal(text.slice(0, at).normalize('NFC'), domain.ascii);
  return { local, domain, valid, plain: false };
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
