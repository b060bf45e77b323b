/** TLS options in the form of Node.js. */
import type { ConnectionOptions } from 'node:tls';
import type { Tls } from './libpq/tls.ts';

/** As in libpq, only verify-full compares the host name, and without a trusted issuer nothing is checked. */
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
