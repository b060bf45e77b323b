/**
 * Column `normalized_email`: one text for one mailbox, to recognise the same person. Only rules that a provider publishes are applied. At
 * an unknown provider dots, tags and even case might matter; only case is folded, because all large providers ignore it.
 */
import { readEmail } from './email-address.ts';
import type { MailboxRule } from './tables/mailbox-rules.ts';

/** Printable ASCII. */
const ascii = /^[!-~]+$/;

/**
 * The address trimmed, in NFC and lower case, with an ASCII domain, without the parts that its provider ignores: dots and plus tags
 * at Gmail, plus tags at Outlook, iCloud, Fastmail and Proton (`tables/mailbox-rules.ts`). Null when `is_valid_email_flag` is false.
 * Idempotent.
 */
export function normalizedEmail(email: string | null): string | null {
  return normalize(email, true);
}

/** The same without the rules of providers: dots and tags stay (`--mailbox-rules off`). */
export function plainEmail(email: string | null): string | null {
  return normalize(email, false);
}

function normalize(email: string | null, byProvider: boolean): string | null {
  const { local: written, domain, valid, plain } = readEmail(email);
  if (!valid || domain === null) return null;
  const provider = byProvider ? domain.mailbox : null;
  const lower = written.toLowerCase();
  // NFC again: lower-casing can make a sequence composable (U+1E9E and others), and the result has to be stable.
  let local = plain ? lower : lower.normalize('NFC');
  if (provider !== null) local = withoutIgnored(local, provider);
  const host = provider?.domain ?? domain.ascii;
  if (!plain) return stable(`${local}@${host}`);
  // Most addresses are in normal form already: return the same string instead of building a new one.
  const same = email !== null && local === written && host === domain.ascii && email.endsWith(host);
  return same ? email : `${local}@${host}`;
}

function withoutIgnored(local: string, { tag, ignoresDots }: MailboxRule): string {
  const at = tag === null ? -1 : local.indexOf(tag);
  // A tag at the start is kept: without it the mailbox would have no name.
  const name = at > 0 ? withoutFinalDot(local.slice(0, at)) : local;
  // Two letters may compose when the dot between them is removed, so NFC once more.
  return ignoresDots && name.includes('.') ? name.replaceAll('.', '').normalize('NFC') : name;
}

/** `ann.+shop` is a valid address, `ann.` is not. */
function withoutFinalDot(local: string): string {
  return local.endsWith('.') ? local.slice(0, -1) : local;
}

/** Lower case can be longer than upper case (`İ`), and then too long for an address. The result is null instead of an invalid address. */
function stable(address: string): string | null {
  return ascii.test(address) || readEmail(address).valid ? address : null;
}
