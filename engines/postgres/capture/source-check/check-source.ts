/**
 * Checks a source before a connector is created. Refuses every fault that would stop Debezium, make the source refuse
 * writes of applications, or make the copy differ. Each refusal has the statement that fixes it.
 */
import type pg from 'pg';
import { PipelineError } from '../../../../pipeline/errors.ts';
import { nameOf, type TableName, topicOf } from '../connector-config.ts';
import { dataFindings } from './data.ts';
import { acceptOrRefuse, type Check, type Finding } from './finding.ts';
import { identityFindings, readIdentities } from './identities.ts';
import {
  checkPublicationRights,
  type PublicationChange,
  planPublication,
  publicationFindings,
  readPublication,
} from './publication.ts';
import { checkLogged, checkReadable, rowSecurityFindings } from './rights.ts';
import { checkServer, readServer } from './server.ts';
import { checkSlot, leftOver, olderThanPublication, readSlot, type SlotWish } from './slot.ts';
import { chooseTables, type SourceTable, sourceTables } from './source-tables.ts';
import { typeFindings } from './types.ts';
import { publicationWarnings, tableWarnings } from './warnings.ts';

/** The tables to capture, and the names to use. */
export type CaptureWish = SlotWish & {
  readonly tables: string;
  readonly topicPrefix: string;
  /** The tables that the connector already captures. */
  readonly captured: readonly string[];
  /** Checks that the user overrules. */
  readonly accepted: readonly Check[];
  /** Whether the connector excludes a column, `schema.table.column`. */
  readonly isExcluded: (column: string) => boolean;
};

/** A source that can be captured. */
export type CheckedSource = {
  readonly tables: readonly SourceTable[];
  /** Warnings for the user, each with its remedy. */
  readonly warnings: readonly string[];
  /** Findings whose risk was accepted. */
  readonly accepted: readonly Finding[];
  /** Changes to make to the publication first. */
  readonly publication: PublicationChange;
  /** The server process that reads the slot; null without a reader. */
  readonly reader: number | null;
};

/** Returns the tables to capture. Throws a `PipelineError` with the fix for each fault. */
export async function checkSource(client: pg.Client, wish: CaptureWish): Promise<CheckedSource> {
  const server = await readServer(client);
  checkServer(server);
  const { version } = server;
  const { chosen: tables, unknown } = chooseTables(wish.tables, await sourceTables(client));
  if (unknown.length > 0 || tables.length === 0) {
    throw new PipelineError(
      'tables_missing',
      `database ${server.database} has no table ${unknown.join(', ') || wish.tables}`,
      {
        advice:
          'Check --tables: schema.table, separated by commas, with * for any characters; partitions are captured with their partitioned table.',
      },
    );
  }
  const slot = await readSlot(client, wish.slot);
  const publication = await readPublication(client, wish.publication, version);
  checkSlot(server, slot, wish);
  if (slot !== undefined && publication === undefined) throw olderThanPublication(wish);
  checkTopics(tables, wish.topicPrefix);
  checkReadable(server.user, tables);
  await checkLogged(client, tables);
  const plan = planPublication(wish.publication, publication, tables, wish.captured);
  checkPublicationRights(server, wish.publication, publication, plan, tables);
  const identities = await readIdentities(client, tables, version);
  const data = await dataFindings(client, tables, version);
  const accepted = acceptOrRefuse(
    [
      ...publicationFindings(publication, tables),
      ...identityFindings(identities, { publication, name: wish.publication, tables, version }),
      ...rowSecurityFindings(server.user, tables),
      ...(await typeFindings(client, tables)),
      ...data.findings,
    ].filter(({ column }) => column === undefined || !wish.isExcluded(column)),
    wish.accepted,
  );
  const warnings = [
    ...tableWarnings(tables, identities),
    ...publicationWarnings(wish.publication, plan, wish.captured),
    ...data.warnings,
    ...leftOver(slot, wish),
  ];
  return { tables, warnings, accepted, publication: plan, reader: slot?.pid ?? null };
}

/** Throws if two tables share a topic: Debezium writes _ for characters that topic names do not allow. */
function checkTopics(tables: readonly TableName[], prefix: string): void {
  const byTopic = new Map<string, TableName>();
  for (const table of tables) {
    const topic = topicOf(prefix, table);
    const other = byTopic.get(topic);
    if (other !== undefined) {
      throw new PipelineError('topic_shared', `${nameOf(other)} and ${nameOf(table)} would both go to topic ${topic}`, {
        advice: 'Give each a connector with its own --topic-prefix.',
      });
    }
    byTopic.set(topic, table);
  }
}
