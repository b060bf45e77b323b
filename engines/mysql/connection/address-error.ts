/** An unusable address of MySQL or MariaDB. The message never quotes a password. */
export class AddressError extends Error {
  override readonly name = 'AddressError';
}
