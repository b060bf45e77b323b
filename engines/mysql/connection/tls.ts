/**
 * TLS options from the `ssl-*` parameters of an address, with the contents of their files.
 * Source: MySQL 8.4 reference manual, "Command Options for Encrypted Connections".
 */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { SslOptions } from 'mysql2';
import { AddressError } from './address-error.ts';

/** Values of `ssl-mode` with possible encryption. */
export type TlsMode = 'PREFERRED' | 'REQUIRED' | 'VERIFY_CA' | 'VERIFY_IDENTITY';

/** TLS options of a session. Certificates and keys are PEM. */
export type Tls = {
  readonly mode: TlsMode;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
};

const modes: readonly string[] = ['PREFERRED', 'REQUIRED', 'VERIFY_CA', 'VERIFY_IDENTITY'];

/**
 * Returns undefined without encryption. Without `ssl-mode`, TLS is used if the server offers it, except on this machine. Throws
 * `AddressError` for an unknown mode or an unreadable file.
 */
export function tlsOf(parameters: ReadonlyMap<string, string>, host: string): Tls | undefined {
  const ca = pem(parameters, 'ssl-ca');
  const cert = pem(parameters, 'ssl-cert');
  const key = pem(parameters, 'ssl-key');
  const asked = parameters.get('ssl-mode')?.toUpperCase();
  const mode = asked ?? (ca !== undefined ? 'VERIFY_CA' : isLocal(host) ? 'DISABLED' : 'PREFERRED');
  if (mode === 'DISABLED') return undefined;
  if (!modes.includes(mode)) throw new AddressError(`ssl-mode=${asked} is none of DISABLED, ${modes.join(', ')}`);
  if ((cert === undefined) !== (key === undefined))
    throw new AddressError('a client certificate needs both ssl-cert and ssl-key');
  return {
    mode: mode as TlsMode,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

const isLocal = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

function pem(parameters: ReadonlyMap<string, string>, name: string): string | undefined {
  const file = parameters.get(name);
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error;
    throw new AddressError(`the file ${file} (${name}) cannot be read: ${String(code)}`);
  }
}

/** The options in the form of the driver. Only VERIFY_IDENTITY compares the host name, and without VERIFY nothing is checked. */
export const driverTls = ({ mode, ca, cert, key }: Tls): SslOptions => ({
  rejectUnauthorized: mode === 'VERIFY_CA' || mode === 'VERIFY_IDENTITY',
  verifyIdentity: mode === 'VERIFY_IDENTITY',
  minVersion: 'TLSv1.2',
  ...(ca === undefined ? {} : { ca }),
  ...(cert === undefined ? {} : { cert }),
  ...(key === undefined ? {} : { key }),
});
