/**
 * Column `is_valid_email_flag`: could mail to this address arrive? A practical answer, not RFC 5322's: what signup forms
 * accept and mail providers hand out. No network, so a mailbox that was closed stays valid.
 */
import { readEmail } from './email-address.ts';

/**
 * Accepted: a dot-atom local part of at most 64 characters (validator's isEmail decides beyond ASCII, RFC 6531), at a
 * domain of at least two labels whose ending is in the ICANN part of the Public Suffix List, or is written in another script
 * than Latin, or is the `.tld` of documentation; plus-addressing; spaces around the address.
 *
 * Refused: null, empty, no or unknown top-level domain, IP literals, quoted local parts, comments, display names, leading,
 * trailing or doubled dots, more than 254 characters in all, control characters anywhere, `.local`, `.test` and the like.
 */
export function isValidEmail(email: string | null): boolean {
  return readEmail(email).valid;
}
