/** An address of PostgreSQL that cannot be used as it is given. The message never quotes a password. */
export class AddressError extends Error {
  override readonly name = 'AddressError';
}
