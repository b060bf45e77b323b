/** The issuers that the operating system trusts, which `sslrootcert=system` asks for. */
import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { AddressError } from './address-error.ts';

/** Bundles of Debian, Fedora, Alpine, SUSE and macOS. */
const bundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/cert.pem',
  '/etc/ssl/ca-bundle.pem',
];

/** SSL_CERT_FILE goes first, as in OpenSSL; then what Node.js finds, from version 22.15 on; then the usual bundles. */
export function trustedCertificates(env: NodeJS.ProcessEnv): readonly string[] {
  if (!env.SSL_CERT_FILE && 'getCACertificates' in tls) {
    const ask = tls.getCACertificates as (kind: 'system') => readonly string[];
    const found = ask('system');
    if (found.length > 0) return found;
  }
  for (const file of env.SSL_CERT_FILE ? [env.SSL_CERT_FILE] : bundles) {
    try {
      return [readFileSync(file, 'utf8')];
    } catch {
      // The next place may have them.
    }
  }
  throw new AddressError('sslrootcert=system finds no certificates: name a file by SSL_CERT_FILE or sslrootcert');
}
