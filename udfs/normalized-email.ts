/**
 * Column `normalized_email`: one text for one mailbox, to find the same person twice. Only rules that a provider publishes
 * are applied; at an unknown provider dots, tags and even case might matter, so only case is folded, as all large ones do.
 */
import { readEmail } from './email-address.ts';
import type { MailboxRule } from './tables/mailbox-rules.ts';

/** Printable ASCII. */
const ascii = /^[!-~]+$/;

/**
 * The address trimmed, in NFC, lower case, with an ASCII domain, and without what its provider ignores (dots and plus tags
 * at Gmail, plus tags at Outlook, iCloud, Fastmail and Proton: `tables/mailbox-rules.ts`). Null when
 * `is_valid_email_flag` is false. Applying it again changes nothing.
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
  // NFC again: lower case can open a composition (U+1E9E and the like), and the result has to stay as it is.
  let local = plain ? lower : lower.normalize('NFC');
  if (provider !== null) local = withoutIgnored(local, provider);
  const host = provider?.domain ?? domain.ascii;
  if (!plain) return stable(`${local}@${host}`);
  // Most are written in their normal form: no other text is made of them.
  const same = email !== null && local === written && host === domain.ascii && email.endsWith(host);
  return same ? email : `${local}@${host}`;
}

function withoutIgnored(local: string, { tag, ignoresDots }: MailboxRule): string {
  const at = tag === null ? -1 : local.indexOf(tag);
  // A tag with nothing before it is no tag: the mailbox would have no name.
  const name = at > 0 ? withoutFinalDot(local.slice(0, at)) : local;
  // Without the dot between them two letters can compose, hence NFC once more.
  return ignoresDots && name.includes('.') ? name.replaceAll('.', '').normalize('NFC') : name;
}

/** `ann.+shop` is an address, `ann.` is none. */
function withoutFinalDot(local: string): string {
  return local.endsWith('.') ? local.slice(0, -1) : local;
}

/** Lower case can be longer than upper case (`İ`), and then too long for an address: no normal form rather than a broken one. */
function stable(address: string): string | null {
  return ascii.test(address) || readEmail(address).valid ? address : null;
}
