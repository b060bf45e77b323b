/**
 * Column `is_valid_email_flag`: whether mail to this address could arrive. It applies the rules of signup forms and mail providers, not
 * all of RFC 5322. It uses no network, so it accepts a mailbox that was closed.
 */
import { readEmail } from './email-address.ts';

/**
 * Accepted: a dot-atom local part of at most 64 characters (validator's isEmail decides beyond ASCII, RFC 6531) at a domain of at least
 * two labels. The top-level domain is in the ICANN part of the Public Suffix List, or not in Latin script, or `.tld`, as in
 * documentation. Plus-addressing and spaces around the address are also accepted.
 *
 * Rejected: null, empty, no or unknown top-level domain, IP literals, quoted local parts, comments, display names, leading, trailing or
 * doubled dots, more than 254 characters in total, control characters anywhere, `.local`, `.test` and similar.
 */
export function isValidEmail(email: string | null): boolean {
  return readEmail(email).valid;
}
