/**
 * Implements libpq's `require_auth` and `channel_binding`: refuses a forbidden authentication method before the driver sends
 * a secret. The driver supports neither, so listeners check the server's requests first.
 */
import type pg from 'pg';
import { PipelineError } from '../../../pipeline/errors.ts';
import type { Database } from './connection.ts';

/** Watches the login of a client before it connects. Returns a function that returns the refusal, if there was one. */
export function demandAuthentication(
  client: pg.Client,
  { requireAuth, channelBinding }: Pick<Database, 'requireAuth' | 'channelBinding'>,
  isEncrypted: boolean,
): () => PipelineError | undefined {
  if (requireAuth === undefined && channelBinding !== 'require') return () => undefined;
  const { connection } = client;
  let asked: string | undefined;
  let bound = false;
  let refusal: PipelineError | undefined;
  const end = (what: string) => {
    const advice =
      'Change require_auth or channel_binding of the address, or how the server logs this user in (pg_hba.conf).';
    refusal ??= new PipelineError('login_ruled_out', `PostgreSQL ${what}`, { advice });
    connection.stream.destroy(refusal);
  };
  const request = (method: string) => {
    asked = method;
    if (requireAuth !== undefined && !allows(requireAuth, method))
      end(`asks for a login by ${method}, which require_auth=${requireAuth} rules out`);
    else if (channelBinding === 'require' && !bound)
      end('offers no login that is bound to its certificate, which channel_binding=require asks for');
  };
  connection.prependListener('authenticationCleartextPassword', () => request('password'));
  connection.prependListener('authenticationMD5Password', () => request('md5'));
  connection.prependListener('authenticationSASL', ({ mechanisms }: { mechanisms: readonly string[] }) => {
    bound = isEncrypted && mechanisms.includes('SCRAM-SHA-256-PLUS');
    request('scram-sha-256');
  });
  connection.prependListener('authenticationOk', () => asked ?? request('none'));
  return () => refusal;
}

/** A list names allowed methods, or forbidden ones with `!`. */
function allows(list: string, method: string): boolean {
  const words = list.split(',').map((word) => word.trim());
  return words.every((word) => word.startsWith('!')) ? !words.includes(`!${method}`) : words.includes(method);
}
