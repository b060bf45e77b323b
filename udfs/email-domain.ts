/**
 * Column `email_domain`: the domain of an address, to group users by it. Invalid addresses also have one if a possible domain follows the
 * last '@': a typing error in the local part does not hide the company.
 */
import { readEmail } from './email-address.ts';

/**
 * The domain after the last '@' in lower case, trimmed, internationalised names in their ASCII form (`bücher.de` ->
 * `xn--bcher-kva.de`). A display-name form (`Ada <ada@example.org>`) gives the domain of the inner address. Null without an '@', with
 * nothing after it, or with characters that no domain can have.
 */
export function emailDomain(email: string | null): string | null {
  return readEmail(email).domain?.ascii ?? null;
}
