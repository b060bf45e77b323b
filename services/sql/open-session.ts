/** Splits scripts and opens sessions for `sluice sql`, on a database of any product. */
import { openSqlSession as openMysql } from '../../engines/mysql/sql/sql-session.ts';
import { splitStatements as splitMysql } from '../../engines/mysql/sql/statements.ts';
import { openSqlSession as openPostgres } from '../../engines/postgres/sql/sql-session.ts';
import { splitStatements as splitPostgres } from '../../engines/postgres/sql/statements.ts';
import type { SqlSession, SqlSessionOptions, Statement } from '../../engines/sql-session.ts';
import type { Say } from '../../pipeline/waiting.ts';
import { isMysql, type TargetDatabase } from '../target.ts';

/** Opens the session. `say` reports a wait for the server. */
export const openSqlSession = (database: TargetDatabase, options: SqlSessionOptions, say: Say): Promise<SqlSession> =>
  isMysql(database) ? openMysql(database, options, say) : openPostgres(database, options, say);

/** Returns the statements of a script in order, without those of only white space and comments. */
export const statementsFor = (database: TargetDatabase, script: string): readonly Statement[] =>
  isMysql(database) ? splitMysql(script) : splitPostgres(script);
