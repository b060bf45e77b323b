/** The trusted issuers of the operating system, for `sslrootcert=system`. */
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

/** Reads SSL_CERT_FILE first, as OpenSSL does; then Node.js's own list (22.15 and newer); then the usual bundles. */
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
      // Try the next bundle.
    }
  }
  throw new AddressError('sslrootcert=system finds no certificates: name a file by SSL_CERT_FILE or sslrootcert');
}
