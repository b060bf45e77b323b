/** Plans the schema of a MySQL or MariaDB target from the catalogue and the data of a PostgreSQL source. */
import type { MysqlDatabase } from '../../engines/mysql/connection/database.ts';
import { reachDatabase as reachTarget } from '../../engines/mysql/connection/reach.ts';
import type { Session } from '../../engines/mysql/connection/session.ts';
import { planSchema } from '../../engines/mysql/schema-plan/plan.ts';
import type { SchemaPlan, SchemaPolicy } from '../../engines/mysql/schema-plan/schema-plan.ts';
import { describeTables } from '../../engines/postgres/catalogue/describe.ts';
import { measureTables } from '../../engines/postgres/catalogue/measure.ts';
import { describeSequences } from '../../engines/postgres/catalogue/sequences.ts';
import type { Database } from '../../engines/postgres/connection/connection.ts';
import { reachDatabase as reachSource } from '../../engines/postgres/connection/reach.ts';
import type { PolicyConfig } from '../../engines/types/policies.ts';
import type { Say } from '../../pipeline/waiting.ts';
import { type SourceTable, tableName } from '../../schemas/table-name.ts';

/** Source, target, and how the schema is carried. */
export type SchemaConfig = {
  readonly source: Database;
  readonly target: MysqlDatabase;
  readonly policies: PolicyConfig;
  readonly schemas: SchemaPolicy;
  /** Which tables are planned. */
  readonly includes: (table: SourceTable) => boolean;
};

/** A statement of a schema may build the index of a large table. */
const statementLimitMs = 24 * 3_600_000;

/** Runs `work` in a session for statements that take long. The database of the address need not exist yet. */
export async function withTarget<T>(
  target: MysqlDatabase,
  say: Say,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const timeouts = { ...target.timeouts, statement: statementLimitMs, answer: statementLimitMs + 60_000 };
  const session = await reachTarget({ ...target, database: 'information_schema', timeouts }, 'schema', say);
  try {
    return await work(session);
  } finally {
    await session.end();
  }
}

/** Reads source and target, and changes nothing. `say` reports waits. */
export const planForMysql = (config: SchemaConfig, say: Say): Promise<SchemaPlan> =>
  withTarget(config.target, say, (session) => planWith(session, config, say));

/** The same in an open session of the target. */
export async function planWith(session: Session, config: SchemaConfig, say: Say): Promise<SchemaPlan> {
  const client = await reachSource(config.source, 'schema', say);
  try {
    // Constants in defaults are written in the formats that the cast table reads.
    await client.query(
      `set intervalstyle = iso_8601; set datestyle = 'ISO, YMD'; set timezone = 'UTC'; set bytea_output = hex; set statement_timeout = 0`,
    );
    const tables = (await describeTables(client)).filter(config.includes);
    const measured = await measureTables(client, tables);
    const all = await describeSequences(client);
    const [[folding] = []] = await session.cells('select @@lower_case_table_names');
    return planSchema(tables, {
      flavor: session.flavor,
      database: config.target.database,
      schemas: config.schemas,
      policies: config.policies,
      measured,
      foldsTableNames: String(folding) !== '0',
      sequences: all,
    });
  } finally {
    await client.end();
  }
}

/** Columns of policies that no table has, which would otherwise be ignored. */
export function unknownColumns({ columns }: PolicyConfig, { tables }: SchemaPlan): readonly string[] {
  const known = new Set(
    tables.flatMap((table) => table.columns.map(({ source }) => `${tableName(table.source)}.${source}`)),
  );
  return Object.keys(columns).filter((column) => !known.has(column));
}
