/**
 * Column `is_valid_email_flag`: could mail to this address arrive? The rules are those of signup forms and mail providers, not the full
 * RFC 5322. No network is used, so a closed mailbox stays valid.
 */
import { readEmail } from './email-address.ts';

/**
 * Accepted: a dot-atom local part of at most 64 characters (validator's isEmail decides beyond ASCII, RFC 6531) at a domain of at least
 * two labels. Its ending is in the ICANN part of the Public Suffix List, or not in Latin script, or the `.tld` of documentation.
 * Plus-addressing and spaces around the address are accepted, too.
 *
 * Rejected: null, empty, no or unknown top-level domain, IP literals, quoted local parts, comments, display names, leading, trailing or
 * doubled dots, more than 254 characters in total, control characters anywhere, `.local`, `.test` and similar.
 */
export function isValidEmail(email: string | null): boolean {
  return readEmail(email).valid;
}
