/**
 * Reads an e-mail cell once for all e-mail columns. So they agree on the start of the domain, on its ASCII form, and on whether mail can
 * be sent to the address.
 *
 * Spaces around an address are typing accidents and ignored. Line breaks and other control characters come from broken imports or header
 * injection, so they make the address invalid.
 */
import isEmailModule from 'validator/lib/isEmail.js';
import { type MailDomain, readDomain } from './mail-domain.ts';
import { combiningMarks, lettersBeyondAscii, punctuationBeyondAscii } from './tables/letters.ts';

const isEmail = isEmailModule.default;

/** The reading of an e-mail cell. */
export type EmailAddress = {
  /** The text before the last '@', trimmed and in NFC, in its original case. */
  readonly local: string;
  /** The domain after the last '@'; null if there is none. */
  readonly domain: MailDomain | null;
  /** The value of `is_valid_email_flag`. */
  readonly valid: boolean;
  /** Whether the cell has only printable ASCII. Then it is in NFC, and lower case does not change that. */
  readonly plain: boolean;
};

const nothing: EmailAddress = { local: '', domain: null, valid: false, plain: true };

/** RFC 5321 4.5.3.1.1: at most 64 octets before the '@'. 4.5.3.1.3: at most 254 for the whole (RFC 3696, erratum 1690). */
const longestLocal = 64;
const longestAddress = 254;

/** Text with nothing to trim, no display name and nothing to normalise. */
const plainText = /^[!-=?-~]+$/;

/** The common case: a dot-atom of ASCII (RFC 5322 3.2.3). Two simple classes, so matching is linear. */
const dotAtom = /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/;

/** The same with letters and punctuation of any script (RFC 6531). An accent must follow a letter. Also linear. */
const letter = `\\w!#$%&'*+/=?^\`{|}~${lettersBeyondAscii}${punctuationBeyondAscii}-`;
const anyAtom = `[${letter}][${letter}${combiningMarks}]*`;
const anyDotAtom = new RegExp(`^${anyAtom}(?:\\.${anyAtom})*$`, 'u');

/** Control characters, line breaks and the byte order mark, even where trimming would remove them. A tab counts as a space. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const control = /[\0-\x08\n-\x1f\x7f-\x9f\u2028\u2029\ufeff]/;

/**
 * Removes final dots: a domain may end with the dot of the root, an address may not (RFC 5321 2.3.5).
 * A loop from the end, because a pattern would try every dot of a long run.
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
  // "Ada Lovelace <ada@example.org>": the domain is useful, but the cell is not an address.
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
  // Normalising can compose a forbidden symbol and change the length, so both spellings must be valid.
  const valid = domain.mailable && bare && isLocal(before, domain.ascii) && isLocal(local, domain.ascii);
  return { local: local.trim(), domain, valid, plain: false };
}

/**
 * Whether the local part is valid. Quoted local parts are invalid: RFC 5321 allows them, but hardly any mailbox has one, and most are broken CSV.
 * Beyond ASCII, symbols, box drawing and invisible characters are invalid; validator checks the rest. Limits are in octets.
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

/** Reads an e-mail cell. Never throws. Several columns read the same cell in turn, so the last reading is kept. */
export function readEmail(text: string | null): EmailAddress {
  if (text === null || text === '') return nothing;
  if (text !== lastText) {
    lastAddress = readAddress(text);
    lastText = text;
  }
  return lastAddress;
}
