/** Encryption as Node.js takes it. */
import type { ConnectionOptions } from 'node:tls';
import type { Tls } from './libpq/tls.ts';

/** Only verify-full compares the certificate with the host; without a trusted issuer nothing is checked, as in libpq. */
export const tlsConnection = ({
  mode,
  ca,
  crl,
  cert,
  key,
  passphrase,
  minVersion,
  maxVersion,
}: Tls): ConnectionOptions => ({
  rejectUnauthorized: ca !== undefined,
  ...(mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
  ...(ca === undefined ? {} : { ca: [...ca] }),
  ...(crl === undefined ? {} : { crl }),
  ...(cert === undefined ? {} : { cert }),
  ...(key === undefined ? {} : { key }),
  ...(passphrase === undefined ? {} : { passphrase }),
  minVersion,
  ...(maxVersion === undefined ? {} : { maxVersion }),
});
