/**
 * Replica identities: the columns of the old row in an UPDATE or DELETE. PostgreSQL refuses UPDATE and DELETE on a published
 * table without a replica identity. If the identity lacks key columns, Debezium invents their values (0, an empty text), and
 * the target changes another row.
 */
import type pg from 'pg';
import { quoted, readable } from '../../identifiers.ts';
import type { TableName } from '../connector-config.ts';
import type { Finding } from './finding.ts';
import { readableTable, tableList } from './names.ts';
import { createPublication, type Publication } from './publication.ts';
import type { SourceTable } from './source-tables.ts';

/** The identity of a table or a partition. PostgreSQL logs a row by the settings of its partition. */
export type Identity = TableName & {
  /** The captured table: itself, or the root of the partition. */
  readonly root: TableName;
  readonly kind: 'default' | 'index' | 'full' | 'nothing';
  /** The columns of the old row; also empty for FULL. */
  readonly columns: readonly string[];
  /** Columns of the message key, which is the primary key of the root. */
  readonly rootKey: readonly string[];
  /** Whether the primary key can be the identity: a DEFERRABLE one cannot. */
  readonly keyServes: boolean;
  readonly stored: readonly string[];
  readonly virtual: readonly string[];
};

const namesOf = (index: string): string =>
  `coalesce((select jsonb_agg(a.attname order by k.n) from pg_index i, unnest(i.indkey::int2[]) with ordinality k(attnum, n)
    join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
    where i.indrelid = c.oid and k.n <= i.indnkeyatts and i.indisvalid and ${index}), '[]')`;

const query = (version: number): string => `
  with leaf as (
    select t.oid as root, coalesce(p.relid, t.oid)::oid as oid
    from unnest($1::oid[]) t(oid) left join lateral (select relid from pg_partition_tree(t.oid) where isleaf) p on true
  )
  select n.nspname as schema, c.relname as table,
    (select jsonb_build_object('schema', s.nspname, 'table', r.relname)
      from pg_class r join pg_namespace s on s.oid = r.relnamespace where r.oid = leaf.root) as root,
    case c.relreplident when 'd' then 'default' when 'i' then 'index' when 'f' then 'full' else 'nothing' end as kind,
    case c.relreplident when 'd' then ${namesOf('i.indisprimary and i.indimmediate')}
      when 'i' then ${namesOf('i.indisreplident')} else '[]' end as columns,
    coalesce((select jsonb_agg(a.attname) from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
      where i.indrelid = leaf.root and i.indisprimary), '[]') as "rootKey",
    exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary and i.indimmediate and i.indisvalid) as "keyServes",
    coalesce((select jsonb_agg(a.attname order by a.attnum) from pg_attribute a
      where a.attrelid = c.oid and a.attgenerated = 's' and not a.attisdropped), '[]') as stored,
    coalesce((select jsonb_agg(a.attname order by a.attnum) from pg_attribute a
      where a.attrelid = c.oid and a.attgenerated = ${version >= 180_000 ? "'v'" : "'-'"} and not a.attisdropped), '[]') as virtual
  from leaf join pg_class c on c.oid = leaf.oid join pg_namespace n on n.oid = c.relnamespace
  order by n.nspname, c.relname`;

/** The identities of these tables; for partitioned tables, the identity of each partition. */
export async function readIdentities(
  client: pg.Client,
  tables: readonly SourceTable[],
  version: number,
): Promise<readonly Identity[]> {
  return (await client.query<Identity>(query(version), [tables.map(({ oid }) => oid)])).rows;
}

/** True if an UPDATE or DELETE would carry no old row. PostgreSQL refuses both once the table is published. */
export const isBlind = ({ kind, columns }: Identity): boolean => kind !== 'full' && columns.length === 0;

const alter = (table: TableName, identity: string): string =>
  `ALTER TABLE ${readableTable(table)} REPLICA IDENTITY ${identity};`;
const best = (table: Identity): string => alter(table, table.keyServes ? 'DEFAULT' : 'FULL');

/** The publication of the identities. */
type Published = {
  /** Undefined when it does not exist yet. */
  readonly publication: Publication | undefined;
  readonly name: string;
  /** All captured tables. */
  readonly tables: readonly SourceTable[];
  /** The source's `server_version_num`. */
  readonly version: number;
};

/** All findings about the identities. */
export function* identityFindings(identities: readonly Identity[], published: Published): Generator<Finding> {
  const blind = identities.filter(isBlind);
  if (blind.length > 0) {
    yield {
      check: 'no_replica_identity',
      what: `once published, the source refuses UPDATE and DELETE on ${tableList(blind)}: no primary key or replica identity`,
      fix: `On the source: ${blind.map(best).join(' ')} Or --insert-only-tables, when rows are only ever inserted.`,
    };
  }
  for (const table of identities) {
    if (table.kind === 'full' || isBlind(table)) continue;
    const lacking = table.rootKey.filter((name) => !table.columns.includes(name));
    if (table.rootKey.length === 0) {
      yield {
        check: 'identity_without_key',
        what: `${readableTable(table)} has no primary key, and its replica identity is an index: UPDATE and DELETE do not carry the whole old row, by which rows without a key are found`,
        fix: `On the source: ${alter(table, 'FULL')}`,
      };
    } else if (lacking.length > 0) {
      yield {
        check: 'identity_other_index',
        what: `the replica identity of ${readableTable(table)} is an index without ${lacking.map(readable).join(', ')} of the primary key: UPDATE and DELETE would hit other rows of the copy`,
        fix: `On the source: ${best(table)}`,
      };
    }
  }
  yield* generatedFindings(identities, published);
}

/** Findings about generated columns. PostgreSQL 18 refuses an identity with an unpublished column. */
function* generatedFindings(
  identities: readonly Identity[],
  { publication, name, tables, version }: Published,
): Generator<Finding> {
  const keyed = new Map(identities.map((table) => [JSON.stringify(table.root), table]));
  for (const { root, rootKey, stored } of keyed.values()) {
    const names = rootKey.filter((one) => stored.includes(one)).map(readable);
    if (names.length > 0) {
      yield {
        check: 'generated_key',
        what: `the primary key of ${readableTable(root)} has the generated column ${names.join(', ')}: the copy generates it itself, and rows are not found by it`,
        fix: `On the source, give it a key of other columns, or fill the column in another way: ALTER TABLE ${readableTable(root)} ${names.map((one) => `ALTER COLUMN ${one} DROP EXPRESSION`).join(', ')};`,
      };
    }
  }
  // Older versions publish no generated columns, and accept such identities.
  if (version < 180_000) return;
  for (const table of identities) {
    const { kind, virtual, keyServes } = table;
    if (kind === 'full' && virtual.length > 0) {
      yield {
        check: 'generated_identity',
        what: `once published, the source refuses UPDATE and DELETE on ${readableTable(table)}: its identity is FULL, and the virtual column ${virtual.map(readable).join(', ')} cannot be published`,
        fix: keyServes
          ? `On the source, first: ${best(table)}`
          : `On the source, first: ALTER TABLE ${readableTable(table)} ADD PRIMARY KEY (…); ALTER TABLE ${readableTable(table)} REPLICA IDENTITY DEFAULT;`,
      };
    }
  }
  const isHit = ({ kind, columns, stored }: Identity) => stored.some((one) => kind === 'full' || columns.includes(one));
  const hit = identities.filter(isHit);
  if (hit.length === 0) return;
  if (publication?.generated) return;
  yield {
    check: 'generated_identity',
    what: `once published, the source refuses UPDATE and DELETE on ${tableList(hit)}: a generated column is part of the replica identity`,
    fix:
      publication === undefined
        ? `On the source, first: ${createPublication(name, tables, ', publish_generated_columns = stored')}`
        : `On the source, first: ALTER PUBLICATION ${quoted(name)} SET (publish_generated_columns = stored);`,
  };
}
