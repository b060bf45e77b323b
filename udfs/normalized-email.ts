/**
 * Column `normalized_email`: the same text for all spellings of a mailbox, to find duplicates. It applies only rules that a provider
 * publishes. For an unknown provider only case is folded, because all large providers ignore it; dots and tags may be significant.
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
  // NFC again: lower case can make a sequence composable (U+1E9E and others), and a second call must not change the result.
  let local = plain ? lower : lower.normalize('NFC');
  if (provider !== null) local = withoutIgnored(local, provider);
  const host = provider?.domain ?? domain.ascii;
  if (!plain) return validOrNull(`${local}@${host}`);
  // Most addresses are in normal form already: return the same string instead of building a new one.
  const same = email !== null && local === written && host === domain.ascii && email.endsWith(host);
  return same ? email : `${local}@${host}`;
}

function withoutIgnored(local: string, { tag, ignoresDots }: MailboxRule): string {
  const at = tag === null ? -1 : local.indexOf(tag);
  // A tag at the start is kept, because nothing else names the mailbox.
  const name = at > 0 ? withoutFinalDot(local.slice(0, at)) : local;
  // Without the dot between them, two letters may compose, so NFC is applied once more.
  return ignoresDots && name.includes('.') ? name.replaceAll('.', '').normalize('NFC') : name;
}

/** `ann.+shop` is a valid address, `ann.` is not. */
function withoutFinalDot(local: string): string {
  return local.endsWith('.') ? local.slice(0, -1) : local;
}

/** Returns null if the address became invalid: lower case can be longer than upper case (`İ`), and then exceed the limit. */
function validOrNull(address: string): string | null {
  return ascii.test(address) || readEmail(address).valid ? address : null;
}
