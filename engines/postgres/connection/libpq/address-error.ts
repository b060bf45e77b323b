/** An unusable PostgreSQL address. The message never quotes a password. */
export class AddressError extends Error {
  override readonly name = 'AddressError';
}
