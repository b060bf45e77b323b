/**
 * Column `normalized_email`: one text for one mailbox, to find the same person twice. Only rules that a provider publishes
 * are applied; at an unknown provider dots, tags and even case might matter, so only case is folded, as all large ones do.
 */
import { readEmail } from './email-address.ts';
import { type MailboxRule, providerOf } from './tables/mailbox-rules.ts';

/** Printable ASCII. */
const ascii = /^[!-~]+$/;

/**
 * The address trimmed, in NFC, lower case, with an ASCII domain, and without what its provider ignores (dots and plus tags
 * at Gmail, plus tags at Outlook, iCloud and Fastmail, dash tags at Yahoo: `tables/mailbox-rules.ts`). Null when
 * `is_valid_email_flag` is false. Applying it again changes nothing.
 */
export function normalizedEmail(email: string | null): string | null {
  return normalize(email, providerOf);
}

/** The same without the rules of providers: dots and tags stay (`--mailbox-rules off`). */
export function plainEmail(email: string | null): string | null {
  return normalize(email, () => null);
}

function normalize(email: string | null, ruleOf: (domain: string) => MailboxRule | null): string | null {
  const address = readEmail(email);
  if (!address.valid || address.domain === null) return null;
  const provider = ruleOf(address.domain);
  // NFC again: lower case can open a composition (U+1E9E and the like), and the result has to stay as it is.
  let local = address.local.toLowerCase().normalize('NFC');
  if (provider === null) return stable(`${local}@${address.domain}`);
  if (provider.tag !== null) {
    const at = local.indexOf(provider.tag);
    // A tag with nothing before it is no tag: the mailbox would have no name.
    if (at > 0) local = withoutFinalDot(local.slice(0, at));
  }
  // Without the dot between them two letters can compose, hence NFC once more.
  if (provider.ignoresDots) local = local.replaceAll('.', '').normalize('NFC');
  return stable(`${local}@${provider.domain ?? address.domain}`);
}

/** `ann.+shop` is an address, `ann.` is none. */
function withoutFinalDot(local: string): string {
  return local.endsWith('.') ? local.slice(0, -1) : local;
}

/** Lower case can be longer than upper case (`İ`), and then too long for an address: no normal form rather than a broken one. */
function stable(address: string): string | null {
  return ascii.test(address) || readEmail(address).valid ? address : null;
}
