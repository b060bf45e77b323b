/**
 * Column `email_domain`: groups users by where their mail goes. It is filled for invalid addresses too, as long as
 * something that can be a domain follows the last '@': a typo in the local part does not hide the company.
 */
import { readEmail } from './email-address.ts';

/**
 * The domain behind the last '@', lower case, internationalised names in their ASCII form (`bücher.de` ->
 * `xn--bcher-kva.de`), spaces around it removed. A display-name form (`Ada <ada@example.org>`) gives the inner address's
 * domain. Null where there is no '@', nothing behind it, or characters that no domain can have.
 */
export function emailDomain(email: string | null): string | null {
  return readEmail(email).domain?.ascii ?? null;
}
