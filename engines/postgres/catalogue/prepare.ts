/** Creates the objects that tables need in the target, or reports every one that it cannot create. */
import type pg from 'pg';
import { messageOf } from '../../../pipeline/errors.ts';
import { diagnose } from '../errors.ts';
import { quoted } from '../identifiers.ts';
import { type Lack, refusedStatement, targetLacks } from './lacking.ts';
import type { Need } from './needs.ts';
import { type Relocate, readRelocation } from './relocate.ts';

/** SQLSTATEs for a missing function, object, table or schema, and for an object of another kind (42809). */
const absent: ReadonlySet<string> = new Set(['42883', '42704', '42P01', '3F000', '42809']);

/**
 * Creates the objects that `target` lacks among `needs`, which were read from `source`. Must run in the transaction that
 * creates the tables. Returns the function that adapts definitions of the source to the target. Throws a `PipelineError`
 * that lists all missing objects Sluice does not copy.
 */
export async function prepareTarget(source: pg.Client, target: pg.Client, needs: readonly Need[]): Promise<Relocate> {
  const lacks: Lack[] = [];
  const made: Need[] = [];
  const unchanged: Relocate = (sql) => sql;
  for (const need of needs.filter(({ kind }) => kind === 'schema' || kind === 'extension')) {
    if (await isThere(target, need, unchanged)) continue;
    const why = await attempt(target, need.create ?? '');
    if (why === null) made.push(need);
    else lacks.push({ need, why });
  }
  const relocate = await readRelocation(source, target, needs);
  for (const need of needs.filter(({ kind }) => kind === 'code')) {
    if (!(await isThere(target, need, relocate))) lacks.push({ need, why: null });
  }
  const missing: { readonly need: Need; readonly create: string }[] = [];
  for (const need of needs) {
    if (need.create === null || need.kind === 'schema' || need.kind === 'extension') continue;
    if (!(await isThere(target, need, relocate))) missing.push({ need, create: relocate(need.create) });
  }
  if (lacks.length > 0)
    throw targetLacks(lacks, [...made, ...missing.flatMap(({ need }) => (isType(need) ? [need] : []))]);
  for (const { create } of missing) await run(target, create);
  return relocate;
}

const isType = ({ kind }: Need): boolean => kind === 'type' || kind === 'collation';

/** Runs a statement. Throws a `PipelineError` with that statement if the target refuses it. */
export async function run(target: pg.Client, statement: string): Promise<void> {
  await target.query(statement).catch((error: unknown) => {
    throw refusedStatement(error, statement);
  });
}

/** ALTER SEQUENCE … OWNED BY statements for the columns of the created tables. */
export const ownerships = (needs: readonly Need[], made: ReadonlySet<string>): readonly string[] =>
  needs.flatMap(({ name, owner }) =>
    owner && made.has(owner.table) ? [`alter sequence ${name} owned by ${owner.table}.${quoted(owner.column)}`] : [],
  );

async function isThere(target: pg.Client, { type, names, args }: Need, relocate: Relocate): Promise<boolean> {
  await target.query('savepoint need');
  try {
    await target.query('select pg_get_object_address($1, $2, $3)', [type, names.map(relocate), args.map(relocate)]);
    return true;
  } catch (error) {
    if (!absent.has((error as { code?: string }).code ?? '')) throw error;
    await target.query('rollback to savepoint need');
    return false;
  } finally {
    await target.query('release savepoint need').catch(() => undefined);
  }
}

/** Runs a CREATE statement. Returns null, or the reason why the target refused it. Throws errors that a retry can cure. */
async function attempt(target: pg.Client, statement: string): Promise<string | null> {
  await target.query('savepoint need');
  try {
    await target.query(`${statement}; release savepoint need`);
    return null;
  } catch (error) {
    // SQLSTATE 58P01: the server has no files of that extension, which a retry does not cure.
    const isMissing = (error as { code?: string }).code === '58P01';
    if (diagnose(error).reaction === 'retry' && !isMissing) throw error;
    await target.query('rollback to savepoint need; release savepoint need');
    return messageOf(error);
  }
}
