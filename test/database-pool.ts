/**
 * A pool of reusable databases. Creating a database writes hundreds of files, emptying one takes a few statements. After a
 * test, its objects are dropped and all rows are deleted. A database whose catalogues still differ from before is dropped.
 */
import { randomUUID } from 'node:crypto';
import pg from 'pg';

export type FreshDatabase = AsyncDisposable & { readonly name: string; readonly url: string };

/** Creates the initial content of a database. */
export type Prepare = (client: pg.Client) => Promise<unknown>;

/** The state of a database before its first test. */
type Baseline = {
  /** The highest OID of its objects. */
  readonly lastOid: string;
  /** Its result equals `digest` as long as only rows of `emptyTables` have changed. */
  readonly digestQuery: string;
  readonly digest: string;
  readonly emptyTables: readonly string[];
  /** Statements that reset sequences. */
  readonly resetSequences: string;
};

type IdleDatabase = { readonly name: string; readonly baseline: Baseline };

const nothing: Prepare = async () => {};

export class DatabasePool {
  readonly #server: string;
  /** Idle databases by the function that prepared them. */
  readonly #idle = new Map<Prepare, IdleDatabase[]>();
  /** The session for statements about whole databases, opened with the first one. */
  #session: Promise<pg.Client> | undefined;

  /** `server` is the URL of a database whose user may create databases. */
  constructor(server: string) {
    this.#server = server;
  }

  /** A database with a unique name that contains only what `prepare` creates. */
  async take(prefix: string, prepare: Prepare = nothing): Promise<FreshDatabase> {
    const name = `${prefix}_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
    const baseline = (await this.#reuse(name, prepare)) ?? (await this.#create(name, prepare));
    return {
      name,
      url: this.#urlOf(name),
      [Symbol.asyncDispose]: () => this.#giveBack({ name, baseline }, prepare),
    };
  }

  /** Drops the idle databases and closes the session. */
  async close(): Promise<void> {
    const names = [...this.#idle.values()].flat().map(({ name }) => name);
    this.#idle.clear();
    for (const name of names) await this.#onServer(dropDatabase(name));
    await (await this.#session)?.end();
    this.#session = undefined;
  }

  async #reuse(name: string, prepare: Prepare): Promise<Baseline | undefined> {
    const idle = this.#idle.get(prepare)?.pop();
    if (idle === undefined) return undefined;
    await this.#onServer(`alter database ${idle.name} rename to ${name}`);
    if (await withClient(this.#urlOf(name), (client) => restore(client, idle.baseline))) return idle.baseline;
    await this.#onServer(dropDatabase(name));
    return undefined;
  }

  async #create(name: string, prepare: Prepare): Promise<Baseline> {
    await this.#onServer(createDatabase(name));
    return await withClient(this.#urlOf(name), async (client) => {
      await prepare(client);
      return await readBaseline(client);
    });
  }

  /** Ends the sessions of a database and renames it, so that code that still has the name cannot reach the next test's database. */
  async #giveBack({ name, baseline }: IdleDatabase, prepare: Prepare): Promise<void> {
    const idle = `idle_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
    await this.#onServer(`select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '${name}'`);
    const slots = await this.#onServer(`select from pg_replication_slots where database = '${name}'`);
    // If the database cannot be renamed either, the drop reports the reason.
    if (slots > 0 || !(await succeeds(this.#onServer(`alter database ${name} rename to ${idle}`)))) {
      return void (await this.#onServer(dropDatabase(name)));
    }
    const others = this.#idle.get(prepare) ?? [];
    this.#idle.set(prepare, [...others, { name: idle, baseline }]);
  }

  #urlOf(name: string): string {
    const url = new URL(this.#server);
    url.pathname = `/${name}`;
    return url.href;
  }

  /** Returns the number of rows. */
  async #onServer(statement: string): Promise<number> {
    this.#session ??= this.#open();
    const { rowCount } = await (await this.#session).query(statement);
    return rowCount ?? 0;
  }

  /** Opens a session. A test may restart the server, so an ended session is replaced at the next statement. */
  async #open(): Promise<pg.Client> {
    const client = await connected(this.#server);
    client.once('end', () => {
      this.#session = undefined;
    });
    return client;
  }
}

const createDatabase = (name: string): string => `create database ${name} encoding 'UTF8' template template0`;
const dropDatabase = (name: string): string => `drop database if exists ${name} with (force)`;

const succeeds = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  );

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  // The server may be stopped before the session is closed.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await connected(url);
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Catalogues that refer to their object by another column than `oid`. */
const ownerColumns = {
  pg_attribute: 'attrelid',
  pg_index: 'indexrelid',
  pg_sequence: 'seqrelid',
  pg_inherits: 'inhrelid',
  pg_description: 'objoid',
};

/** Lines that differ if the database was replaced, or if anything except rows has changed. */
const settings = `
  select 'pg_class', row(oid, relname, relnamespace, relowner, relam, relkind, relpersistence, relrowsecurity,
      relforcerowsecurity, relreplident, relispartition, relacl, reloptions)::text
    from pg_class where oid >= 16384 and not (relnamespace::regnamespace::text ~ '^pg_(toast_)?temp_')
  union all
  select 'pg_namespace', n::text from pg_namespace n
    where (oid >= 16384 or nspname = 'public') and nspname !~ '^pg_(toast_)?temp_'
  union all
  select 'pg_database', row(d.oid, datdba, datistemplate, datallowconn, datconnlimit, datacl, setrole, setconfig)::text
    from pg_database d left join pg_db_role_setting s on s.setdatabase = d.oid where datname = current_database()`;

async function readBaseline(client: pg.Client): Promise<Baseline> {
  const { rows: catalogues } = await client.query<{ name: string }>(
    `select relname as name from pg_class
     where relnamespace = 'pg_catalog'::regnamespace and relkind = 'r' and not relisshared
       and relname not in ('pg_class', 'pg_namespace')
       and exists (select from pg_attribute where attrelid = pg_class.oid and attname = 'oid')`,
  );
  const { rows: tables } = await client.query<{ name: string; rows: boolean }>(
    `select oid::regclass::text as name,
       query_to_xml('select 1 from ' || oid::regclass || ' limit 1', false, true, '')::text <> '' as rows
     from pg_class where oid >= 16384 and relkind = 'r' order by 1`,
  );
  const [last] = (
    await client.query<{ oid: string }>(
      `select greatest(16383, ${['pg_class', 'pg_type', 'pg_proc', 'pg_namespace']
        .map((name) => `(select max(oid::bigint) from ${name})`)
        .join(', ')}) as oid`,
    )
  ).rows;
  const owned = [...catalogues.map(({ name }) => [name, 'oid'] as const), ...Object.entries(ownerColumns)].map(
    ([name, owner]) => `select '${name}', t::text from ${name} t where ${owner} >= 16384`,
  );
  const contents = tables.filter(({ rows }) => rows).map(({ name }) => `select '${name}', t::text from ${name} t`);
  const digestQuery = `select md5(string_agg(it::text, chr(10) order by it::text collate "C")) as digest
    from (${[settings, ...owned, ...contents].join(' union all ')}) it`;
  return {
    lastOid: last?.oid ?? '0',
    digestQuery,
    digest: await digestOf(client, digestQuery),
    emptyTables: tables.filter(({ rows }) => !rows).map(({ name }) => name),
    resetSequences: await sequenceStatements(client),
  };
}

async function digestOf(client: pg.Client, digestQuery: string): Promise<string> {
  const { rows } = await client.query<{ digest: string }>(digestQuery);
  return rows[0]?.digest ?? '';
}

async function sequenceStatements(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    'select seqrelid::regclass::text as name from pg_sequence where seqrelid >= 16384',
  );
  const statements: string[] = [];
  for (const { name } of rows) {
    const { rows: values } = await client.query<{ last: string; called: boolean }>(
      `select last_value as last, is_called as called from ${name}`,
    );
    for (const { last, called } of values) statements.push(`select setval('${name}', ${last}, ${called})`);
  }
  return statements.join('; ');
}

/** Restores a database to its baseline. Returns false if something is left over. */
async function restore(client: pg.Client, baseline: Baseline): Promise<boolean> {
  const { lastOid, digestQuery, digest, emptyTables, resetSequences } = baseline;
  const { rows: drops } = await client.query<{ statement: string }>(dropsSince(lastOid));
  const statements = [
    // Then neither triggers nor foreign keys prevent a delete.
    'set session_replication_role = replica',
    ...drops.map(({ statement }) => statement),
    ...emptyTables.map((name) => `delete from only ${name}`),
    resetSequences,
  ];
  return (await succeeds(client.query(statements.join(';')))) && (await digestOf(client, digestQuery)) === digest;
}

/** Statements that drop the objects created since, with their dependents. Other kinds of objects change the digest. */
const dropsSince = (oid: string): string => `
  select format('drop publication %I', pubname) as statement from pg_publication where oid > ${oid}
  union all
  select format('drop schema %I cascade', nspname) from pg_namespace where oid > ${oid} and nspname !~ '^pg_'
  union all
  select format('drop %s if exists %s cascade', kind, oid::regclass)
    from pg_class join (values ('r', 'table'), ('p', 'table'), ('v', 'view'), ('m', 'materialized view'),
      ('f', 'foreign table'), ('S', 'sequence')) as kinds (letter, kind) on letter = relkind
    where oid > ${oid}
      and not exists (select from pg_depend where objid = pg_class.oid and objsubid = 0 and deptype = 'i')
  union all
  select format('drop type if exists %s cascade', t.oid::regtype)
    from pg_type t left join pg_class c on c.oid = typrelid
    where t.oid > ${oid} and (typtype in ('e', 'd', 'r') or relkind = 'c')
  union all
  select format('drop routine if exists %s cascade', oid::regprocedure) from pg_proc where oid > ${oid}
  union all
  select format('drop collation if exists %s cascade', oid::regcollation) from pg_collation where oid > ${oid}`;
