/** Advice for a failed login: names the flag, variable or file with the wrong part. */
import type { Diagnosis } from '../../../pipeline/errors.ts';
import type { Database } from './connection.ts';

/** Returns better advice than the diagnosis if the origin of user, password or database is known. */
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
  const named = parts.flatMap(([part, place]) => (place === undefined ? [] : [`${part} in ${place}`]));
  return `PostgreSQL refuses user ${user}: check ${named.join(' and ')}.`;
}
