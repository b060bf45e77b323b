/** Parts of a URL as the adapters take them. */
import type { Database } from '../engines/postgres/connection/connection.ts';

export const databaseOf = (url: string): Database => {
  const { hostname: host, port, pathname, username: user, password } = new URL(url);
  return { host, port: Number(port), database: pathname.slice(1), user, password: decodeURIComponent(password) };
};
