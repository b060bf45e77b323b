/**
 * Looks at a source before a connector is made for it: what would make Debezium fail is told at once, in words, with the
 * statement that mends it, and what would make the source itself refuse writes is not done.
 */
import type pg from 'pg';
import { PipelineError } from '../../pipeline/errors.ts';
import { nameOf, type TableName, topicOf } from './connector-config.ts';
import { chooseTables, type SourceTable, sourceTables } from './source-tables.ts';

/** What shall be captured, and by which names. */
export type CaptureWish = {
  readonly tables: string;
  readonly topicPrefix: string;
  readonly slot: string;
  readonly publication: string;
  /** True when the connector that shall be changed has this slot already: then it may be at work. */
  readonly slotIsOurs: boolean;
  /** Whether tables that nothing tells rows apart in may be captured, though the source then refuses to change their rows. */
  readonly insertOnly: boolean;
};

/** A source that can be captured. */
export type CheckedSource = {
  readonly tables: readonly SourceTable[];
  /** Sentences about what a person should know, each with its remedy. */
  readonly warnings: readonly string[];
};

type Server = {
  readonly version: number;
  readonly walLevel: string;
  readonly slots: number;
  readonly slotLimit: number;
  readonly user: string;
  readonly database: string;
  readonly mayReplicate: boolean;
  readonly mayCreate: boolean;
  readonly standby: boolean;
};
type Slot = {
  readonly active: boolean;
  readonly pid: number | null;
  readonly plugin: string;
  readonly database: string | null;
  readonly wal_status: string | null;
};
type Publication = {
  readonly owned: boolean;
  readonly viaRoot: boolean;
  readonly generated: boolean;
  readonly all: boolean;
  readonly tables: readonly string[];
};

/** Answers the tables to capture. Throws a PipelineError with the fix for whatever stands in the way. */
export async function checkSource(client: pg.Client, wish: CaptureWish): Promise<CheckedSource> {
  const server = await readServer(client);
  checkServer(server);
  const { chosen: tables, unknown } = chooseTables(wish.tables, await sourceTables(client));
  if (unknown.length > 0 || tables.length === 0) {
    throw stop('tables_missing', `database ${server.database} has no table ${unknown.join(', ') || wish.tables}`, {
      advice: 'Check --tables: schema.table, several by comma, * for any; partitions are captured by their root.',
    });
  }
  const slot = await readSlot(client, wish.slot);
  const publication = await readPublication(client, wish.publication, server.version);
  checkSlot(server, slot, wish);
  if (slot !== undefined && publication === undefined) throw olderThanPublication(wish);
  checkTopics(tables, wish.topicPrefix);
  checkRights(server, tables, publication, wish);
  checkIdentities(server, tables, publication, wish);
  return { tables, warnings: [...warnings(tables), ...leftOver(slot, wish)] };
}

const stop = (code: string, message: string, { advice }: { advice: string }): PipelineError =>
  new PipelineError(code, message, { advice });

const quote = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`;
const quoted = ({ schema, table }: TableName): string =>
  [schema, table].map((name) => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : quote(name))).join('.');
const several = (tables: readonly TableName[]): string => tables.map(quoted).join(', ');

async function readServer(client: pg.Client): Promise<Server> {
  const { rows } = await client.query<Server>(`
    select current_setting('server_version_num')::int as version, current_setting('wal_level') as "walLevel",
      (select count(*)::int from pg_replication_slots) as slots,
      current_setting('max_replication_slots')::int as "slotLimit",
      current_user as user, current_database() as database,
      exists (select from pg_roles where rolname = current_user and (rolsuper or rolreplication))
        -- What Amazon's PostgreSQL has instead of the attribute.
        or exists (select from pg_roles where rolname = 'rds_replication' and pg_has_role(oid, 'member')) as "mayReplicate",
      has_database_privilege(current_database(), 'create') as "mayCreate", pg_is_in_recovery() as standby`);
  const [server] = rows;
  if (server === undefined) throw new Error('the source said nothing about itself');
  return server;
}

function checkServer({ version, walLevel, user, mayReplicate, standby }: Server): void {
  if (version < 140_000) {
    throw stop('source_too_old', `the source is PostgreSQL ${Math.floor(version / 10_000)}`, {
      advice: 'Its logical replication lacks what is needed here: PostgreSQL 14 or newer.',
    });
  }
  if (standby) {
    throw stop('source_standby', 'the source is a standby', { advice: 'Capture from its primary.' });
  }
  if (walLevel !== 'logical') {
    throw stop('wal_level', `the source has wal_level = ${walLevel}, logical is needed`, {
      advice: 'On the source: ALTER SYSTEM SET wal_level = logical; then restart that server.',
    });
  }
  if (!mayReplicate) {
    throw stop('replication_role', `user ${user} of the source may not replicate`, {
      advice: `On the source, as a superuser: ALTER ROLE ${quote(user)} REPLICATION;`,
    });
  }
}

async function readSlot(client: pg.Client, name: string): Promise<Slot | undefined> {
  const { rows } = await client.query<Slot>(
    'select active, active_pid as pid, plugin, database, wal_status from pg_replication_slots where slot_name = $1',
    [name],
  );
  return rows[0];
}

function checkSlot(server: Server, slot: Slot | undefined, { slot: name, slotIsOurs }: CaptureWish): void {
  if (slot === undefined) {
    if (server.slots < server.slotLimit) return;
    throw stop('slots_exhausted', `all ${server.slotLimit} replication slots of the source are in use`, {
      advice:
        'Drop one that nobody uses (pg_replication_slots lists them), or raise max_replication_slots and restart.',
    });
  }
  if (slot.plugin !== 'pgoutput' || slot.database !== server.database) {
    const whose = slot.database === server.database ? `plugin ${slot.plugin}` : `database ${slot.database}`;
    throw stop('slot_taken', `the slot ${name} belongs to ${whose}`, { advice: 'Choose another --slot.' });
  }
  if (slot.wal_status === 'lost') {
    throw stop('slot_lost', `the slot ${name} has lost its position: its WAL was removed`, {
      advice: `On the source: SELECT pg_drop_replication_slot('${name}'); a new snapshot is needed.`,
    });
  }
  if (slot.active && !slotIsOurs) {
    throw stop(
      'slot_taken',
      `the slot ${name} is being read by another connector (process ${slot.pid} of the source)`,
      {
        advice: 'Choose another --slot, or delete the connector that reads from it.',
      },
    );
  }
}

/** What stands in the log before a publication cannot be read by it: the connector would try for ever, and look well. */
const olderThanPublication = ({ slot, publication }: CaptureWish): PipelineError =>
  stop('slot_unreadable', `the slot ${slot} was there already, and publication ${publication} is not`, {
    advice: `On the source: SELECT pg_drop_replication_slot('${slot}'); or name the publication that belongs to it by --publication.`,
  });

const leftOver = (slot: Slot | undefined, { slot: name, slotIsOurs }: CaptureWish): string[] =>
  slot === undefined || slotIsOurs
    ? []
    : [
        `the slot ${name} was there already: what changed since its position is streamed after the snapshot, too, and tables without a key get such rows twice`,
      ];

/** Two tables must not share a topic: Debezium writes _ for characters that a topic's name may not hold. */
function checkTopics(tables: readonly TableName[], prefix: string): void {
  const byTopic = new Map<string, TableName>();
  for (const table of tables) {
    const topic = topicOf(prefix, table);
    const other = byTopic.get(topic);
    if (other !== undefined) {
      throw stop('topic_shared', `${nameOf(other)} and ${nameOf(table)} would both go to topic ${topic}`, {
        advice: 'Give each a connector with a --topic-prefix of its own.',
      });
    }
    byTopic.set(topic, table);
  }
}

async function readPublication(client: pg.Client, name: string, version: number): Promise<Publication | undefined> {
  const generated = version >= 180_000 ? "p.pubgencols = 's'" : 'false';
  const { rows } = await client.query<Publication>(
    `select pg_has_role(p.pubowner, 'usage') as owned, p.pubviaroot as "viaRoot", p.puballtables as all,
       ${generated} as generated,
       array(select format('%s.%s', t.schemaname, t.tablename) from pg_publication_tables t where t.pubname = p.pubname) as tables
     from pg_publication p where p.pubname = $1`,
    [name],
  );
  return rows[0];
}

function checkRights(
  server: Server,
  tables: readonly SourceTable[],
  publication: Publication | undefined,
  wish: CaptureWish,
) {
  const unreadable = tables.filter(({ readable }) => !readable);
  if (unreadable.length > 0) {
    const schemas = [...new Set(unreadable.map(({ schema }) => quote(schema)))].join(', ');
    throw stop('select_rights', `user ${server.user} may not read ${several(unreadable)}`, {
      advice: `On the source: GRANT USAGE ON SCHEMA ${schemas} TO ${quote(server.user)}; GRANT SELECT ON ${several(unreadable)} TO ${quote(server.user)};`,
    });
  }
  const unlogged = tables.filter(({ isUnlogged }) => isUnlogged);
  if (unlogged.length > 0) {
    throw stop('table_unlogged', `changes of ${several(unlogged)} leave no trace in the WAL: UNLOGGED`, {
      advice: `On the source: ${unlogged.map((table) => `ALTER TABLE ${quoted(table)} SET LOGGED;`).join(' ')}`,
    });
  }
  const name = quote(wish.publication);
  if (publication?.all) {
    throw stop('publication_all', `the publication ${wish.publication} is FOR ALL TABLES, it cannot be narrowed`, {
      advice: 'Choose another --publication: it is created with the captured tables.',
    });
  }
  if (publication !== undefined && !publication.viaRoot && tables.some(({ isPartitioned }) => isPartitioned)) {
    throw stop('publication_partitions', `the publication ${wish.publication} sends partitions under their own names`, {
      advice: `On the source: ALTER PUBLICATION ${name} SET (publish_via_partition_root = true);`,
    });
  }
  if (publication !== undefined && sameTables(publication.tables, tables)) return;
  const foreign = tables.filter(({ owned }) => !owned);
  const statement = publicationStatement(server, tables, publication, wish.publication);
  if (publication === undefined ? !server.mayCreate : !publication.owned) {
    const what = publication === undefined ? 'create' : 'change';
    throw stop('publication_rights', `user ${server.user} may not ${what} the publication ${wish.publication}`, {
      advice: `On the source, as the owner of the tables: ${statement}`,
    });
  }
  if (foreign.length > 0) {
    throw stop('publication_rights', `only the owner can publish ${several(foreign)}, user ${server.user} is not`, {
      advice: `On the source, as the owner of the tables: ${statement}`,
    });
  }
}

const sameTables = (published: readonly string[], tables: readonly TableName[]): boolean =>
  [...published].sort().join() === tables.map(nameOf).sort().join();

function publicationStatement(
  { version }: Server,
  tables: readonly SourceTable[],
  publication: Publication | undefined,
  name: string,
): string {
  if (publication !== undefined) return `ALTER PUBLICATION ${quote(name)} SET TABLE ${several(tables)};`;
  const generated = version >= 180_000 && tables.some(needsGenerated) ? ', publish_generated_columns = stored' : '';
  return `CREATE PUBLICATION ${quote(name)} FOR TABLE ${several(tables)} WITH (publish_via_partition_root = true${generated});`;
}

const needsGenerated = ({ identity, hasStoredGenerated }: SourceTable): boolean =>
  identity === 'full' && hasStoredGenerated;

/** Publishing a table can make the source refuse UPDATE and DELETE on it: a migration must not do that unasked. */
function checkIdentities(
  server: Server,
  tables: readonly SourceTable[],
  publication: Publication | undefined,
  wish: CaptureWish,
) {
  const blind = tables.filter(withoutIdentity);
  if (blind.length > 0 && !wish.insertOnly) {
    throw stop(
      'no_replica_identity',
      `once published, the source refuses UPDATE and DELETE on ${several(blind)}: no primary key`,
      {
        advice: `On the source: ${blind.map((table) => `ALTER TABLE ${quoted(table)} REPLICA IDENTITY FULL;`).join(' ')} Or --insert-only-tables, when rows are only ever inserted.`,
      },
    );
  }
  const generated = tables.filter(needsGenerated);
  if (server.version >= 180_000 && generated.length > 0 && !publication?.generated) {
    const statement =
      publication === undefined
        ? publicationStatement(server, tables, publication, wish.publication)
        : `ALTER PUBLICATION ${quote(wish.publication)} SET (publish_generated_columns = stored);`;
    throw stop(
      'generated_identity',
      `once published, the source refuses UPDATE and DELETE on ${several(generated)}: a generated column is part of the replica identity`,
      { advice: `On the source, first: ${statement}` },
    );
  }
}

const withoutIdentity = ({ hasKey, identity }: SourceTable): boolean =>
  identity === 'nothing' || (identity === 'default' && !hasKey);

function* warnings(tables: readonly SourceTable[]): Generator<string> {
  for (const table of tables) {
    const { identity, hasKey, weak } = table;
    const name = quoted(table);
    if (withoutIdentity(table)) {
      yield `${name} has no primary key: the source refuses UPDATE and DELETE on it until ALTER TABLE ${name} REPLICA IDENTITY FULL;`;
    } else if (!hasKey)
      yield `${name} has no primary key: its topic gets one partition, which keeps the order of its events`;
    const columns = (kind: SourceTable['weak'][number]['lost']) =>
      weak.filter(({ lost }) => lost === kind).map(({ column, type }) => `${column} (${type})`);
    const [never, flat, unchanged] = [columns('never sent'), columns('dimensions'), columns('unchanged')];
    if (never.length > 0) yield `${name}: Debezium does not send ${never.join(', ')}; copy such columns by other means`;
    if (flat.length > 0) yield `${name}: Debezium sends arrays of several dimensions as nulls: ${flat.join(', ')}`;
    if (unchanged.length > 0 && identity !== 'full') {
      yield `${name}: an UPDATE that leaves ${unchanged.join(', ')} as it was stops the connector when the value is large (stored apart): ALTER TABLE ${name} REPLICA IDENTITY FULL; prevents it`;
    }
  }
}
