/** The parts of a URL in the form that the adapters use. */
import type { Database } from '../engines/postgres/connection/connection.ts';

export const databaseOf = (url: string): Database => {
  const { hostname: host, port, pathname, username: user, password } = new URL(url);
  return { host, port: Number(port), database: pathname.slice(1), user, password: decodeURIComponent(password) };
};
