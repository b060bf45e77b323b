/** A process that migrates the target of a test and writes the numbers of its migrations to standard output. */
import type { MysqlDatabase } from '../../engines/mysql/connection/database.ts';
import { withSession } from '../../engines/mysql/connection/open-session.ts';
import { migrate } from '../../engines/mysql/schema/migrate.ts';

const database = JSON.parse(process.argv[2] ?? '') as MysqlDatabase;
process.stdout.write(JSON.stringify(await withSession(database, 'migrate', (session) => migrate(session))));
