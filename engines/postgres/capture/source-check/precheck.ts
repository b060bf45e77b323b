/** Whether a source can be captured at all, for commands that begin before there is a connector. */
import type pg from 'pg';
import { PipelineError } from '../../../../pipeline/errors.ts';
import type { TableName } from '../connector-config.ts';
import { identityFindings, readIdentities } from './identities.ts';
import { readServer, serverFaults } from './server.ts';
import { sourceTables } from './source-tables.ts';

/** What decides whether the changes of a source can be followed. */
export type Precheck = {
  /** `server_version_num`: 150004 is 15.4. */
  readonly version: number;
  /** Tables that were checked. */
  readonly tables: number;
  /** Each with its fix as advice: the server first, then the tables. */
  readonly faults: readonly PipelineError[];
};

/** Checks the settings of the server, the right of the user, and the replica identity of the wanted tables. */
export async function precheck(client: pg.Client, isWanted: (table: TableName) => boolean): Promise<Precheck> {
  const server = await readServer(client);
  const tables = (await sourceTables(client)).filter(isWanted);
  const identities = await readIdentities(client, tables, server.version);
  const published = { publication: undefined, name: 'sluice', tables, version: server.version };
  const unfit = [...identityFindings(identities, published)].map(
    ({ check, what, fix }) => new PipelineError(check, what, { advice: fix }),
  );
  return { version: server.version, tables: tables.length, faults: [...serverFaults(server), ...unfit] };
}
