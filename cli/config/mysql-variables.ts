/** An endpoint that is named by MYSQL_* variables. */
import type { MysqlDatabase } from '../../engines/mysql/connection/database.ts';
import { UsageError } from '../options/option.ts';
import { databaseNames } from './database-names.ts';

const names = databaseNames.mysql;

const defaultPort = 3306;

/** Returns the MySQL or MariaDB that the variables name; undefined without MYSQL_HOST. Throws UsageError if a part is missing. */
export function mysqlFromVariables(env: NodeJS.ProcessEnv): MysqlDatabase | undefined {
  const value = (part: keyof typeof names): string | undefined => env[names[part][0]] || undefined;
  const host = value('host');
  if (host === undefined) return undefined;
  const required = (part: keyof typeof names): string => {
    const found = value(part);
    if (found === undefined) throw new UsageError(`${names.host[0]} is set: ${names[part][0]} is needed, too`);
    return found;
  };
  const port = value('port');
  if (port !== undefined && !/^[1-9]\d{0,4}$/.test(port)) throw new UsageError(`${names.port[0]} is not a port`);
  return {
    product: 'MySQL',
    host,
    port: port === undefined ? defaultPort : Number(port),
    user: required('user'),
    password: value('password'),
    database: required('database'),
  };
}
