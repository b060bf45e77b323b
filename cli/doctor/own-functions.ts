/** Checks the user's own enrichment functions: their files, and whether the table has their columns. */
import type pg from 'pg';
import {
  columnTypes,
  type Recorded,
  recordedFunctions,
  typeChanged,
} from '../../engines/postgres/schema/own-columns.ts';
import { PipelineError } from '../../pipeline/errors.ts';
import { loadOwnFunctions } from '../../services/enrich/own-functions.ts';
import type { OwnEnrichment } from '../../udfs/own-function.ts';
import { failureOf } from '../output/failure.ts';
import { type Finding, fault, note, ok } from './finding.ts';

const check = 'own functions';

/** Loads the functions of the folder. Returns a fault if a file cannot be used. */
export async function loadFunctions(folder: string | undefined): Promise<readonly OwnEnrichment[] | Finding> {
  try {
    return await loadOwnFunctions(folder);
  } catch (error) {
    if (error instanceof PipelineError) return fault(check, error.message, failureOf(error).advice);
    throw error;
  }
}

/** The columns and the recorded functions in the database. */
export type OwnFacts = { readonly types: ReadonlyMap<string, string>; readonly recorded: readonly Recorded[] };

/** Reads the facts. The schema must be current. */
export async function ownFacts(client: pg.Client): Promise<OwnFacts> {
  return { types: await columnTypes(client), recorded: await recordedFunctions(client) };
}

/** Returns one finding that lists the functions, and one for each difference from the table. `facts` is null if unknown. */
export function functionFindings(own: readonly OwnEnrichment[], facts: OwnFacts | null): Finding[] {
  const list = own.map(({ column, printedType, file }) => `${column} ${printedType} (${file})`).join(', ');
  const listed = own.length === 0 ? [] : [ok(check, list)];
  if (facts === null) return listed;
  const { types, recorded } = facts;
  const differing = own.flatMap((one) => {
    const { column, printedType, checksum } = one;
    const type = types.get(column);
    if (type === undefined) return types.size === 0 ? [] : [note(check, `${column} is added by the next start of run`)];
    if (type !== printedType) {
      const { message, advice } = typeChanged(one, type);
      return [fault(check, message, advice)];
    }
    const recordedBefore = recorded.find((other) => other.column === column);
    if (recordedBefore === undefined || recordedBefore.checksum === checksum) return [];
    return [note(check, `${column} has changed since the last start`, `npx sluice backfill --column ${column}`)];
  });
  const gone = recorded.filter(({ column }) => !own.some((one) => one.column === column));
  return [
    ...listed,
    ...differing,
    ...gone.map(({ column, file }) => note(check, `the function of ${column} (${file}) is missing; its column stays`)),
  ];
}
