/** Advice for a failed login, which names the flag, variable or file with the wrong user, password or database. */
import type { Diagnosis } from '../../../pipeline/errors.ts';
import type { Database } from './connection.ts';

/** Returns the advice of the diagnosis, or better advice if the origin of user, password or database is known. */
export function loginAdvice({ user, database, namedBy = {} }: Database, { code, advice }: Diagnosis): string {
  if (code === 'no_password' && namedBy.password !== undefined)
    return `The server asks user ${user} for a password: set it in ${namedBy.password}, or in ~/.pgpass.`;
  if (code === '3D000' && namedBy.database !== undefined)
    return `There is no database ${database}: check its name in ${namedBy.database}, or create it.`;
  const { user: userIn, password: passwordIn } = namedBy;
  if (!code.startsWith('28') || (userIn === undefined && passwordIn === undefined)) return advice;
  const parts =
    userIn === passwordIn
      ? [['user and password', userIn]]
      : [
          ['the user', userIn],
          ['the password', passwordIn],
        ];
  const known = parts.flatMap(([part, origin]) => (origin === undefined ? [] : [`${part} in ${origin}`]));
  return `PostgreSQL refuses user ${user}: check ${known.join(' and ')}.`;
}
