/**
 * TLS options from libpq's ssl* parameters, with the contents of their files. Plain data, because workers receive it.
 * Source: PostgreSQL 18, "SSL Support" of the chapter on libpq.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { AddressError } from './address-error.ts';
import { homeOf } from './home.ts';
import type { Settings } from './keywords.ts';
import { trustedCertificates } from './system-certificates.ts';

/** Values of `sslmode` with possible encryption. */
export type TlsMode = 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';

/** TLS options of a session. Certificates and keys are PEM. */
export type Tls = {
  readonly mode: TlsMode;
  /** Starts with TLS at once, without an SSLRequest. */
  readonly direct: boolean;
  /** Trusted issuers; without them the server's certificate is not checked. */
  readonly ca?: readonly string[];
  readonly crl?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
  readonly minVersion: TlsVersion;
  readonly maxVersion?: TlsVersion;
};

type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

/** Undefined without encryption. Throws `AddressError` for files that are missing, or keys that others may read. */
export function tlsOf(settings: Settings, env: NodeJS.ProcessEnv): Tls | undefined {
  const system = settings.sslrootcert === 'system';
  const mode = settings.sslmode || (settings.requiressl === '1' ? 'require' : system ? 'verify-full' : 'prefer');
  const direct = settings.sslnegotiation === 'direct';
  if (system && mode !== 'verify-full')
    throw new AddressError(`sslrootcert=system needs sslmode=verify-full: sslmode=${mode} would prove nothing`);
  if (direct && !/^(?:require|verify-)/.test(mode))
    throw new AddressError(`sslnegotiation=direct needs sslmode=require or stronger, not ${mode}`);
  if (mode === 'disable') return undefined;
  const folder = join(homeOf(env), '.postgresql');
  const ca = system ? trustedCertificates(env) : pem(settings.sslrootcert, join(folder, 'root.crt'), 'sslrootcert');
  if (ca === undefined && mode.startsWith('verify-')) {
    throw new AddressError(
      `sslmode=${mode} needs the certificate of an issuer: name its file by sslrootcert, put it into ${join(folder, 'root.crt')}, or trust the system's by sslrootcert=system`,
    );
  }
  const crl = ca === undefined ? undefined : pem(settings.sslcrl, join(folder, 'root.crl'), 'sslcrl');
  return {
    mode: mode as TlsMode,
    direct,
    ...(ca === undefined ? {} : { ca: typeof ca === 'string' ? [ca] : ca }),
    ...(crl === undefined ? {} : { crl }),
    ...(settings.sslcertmode === 'disable' ? {} : clientCertificate(settings, folder)),
    minVersion: (settings.ssl_min_protocol_version as TlsVersion) || 'TLSv1.2',
    ...(settings.ssl_max_protocol_version ? { maxVersion: settings.ssl_max_protocol_version as TlsVersion } : {}),
  };
}

function clientCertificate(settings: Settings, folder: string): Pick<Tls, 'cert' | 'key' | 'passphrase'> {
  const cert = pem(settings.sslcert, join(folder, 'postgresql.crt'), 'sslcert');
  if (cert === undefined) return {};
  const keyFile = settings.sslkey || join(folder, 'postgresql.key');
  const found = statSync(keyFile, { throwIfNoEntry: false });
  if (found === undefined) throw new AddressError(`the client certificate has no key: ${keyFile} (sslkey) is missing`);
  // As in libpq, the group may read a key that root owns.
  if (process.platform !== 'win32' && (found.mode & (found.uid === 0 ? 0o027 : 0o077)) !== 0)
    throw new AddressError(`the key ${keyFile} (sslkey) may be read by others: chmod 600 ${keyFile}`);
  const key = pem(keyFile, keyFile, 'sslkey');
  const { sslpassword: passphrase } = settings;
  return { cert, ...(key === undefined ? {} : { key }), ...(passphrase ? { passphrase } : {}) };
}

/** Reads a file. A named file must exist, the default file need not. */
function pem(named: string | undefined, otherwise: string, keyword: string): string | undefined {
  const file = named || otherwise;
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (!named && (code === 'ENOENT' || code === 'ENOTDIR')) return undefined;
    throw new AddressError(`the file ${file} (${keyword}) cannot be read: ${String(code ?? error)}`);
  }
}
