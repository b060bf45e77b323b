/** Checks the schema: its version, and each object that differs from what the migrations create. */
import { readable } from '../../engines/postgres/identifiers.ts';
import type { Applied } from '../../engines/postgres/schema/schema-state.ts';
import {
  describeDifference,
  missingMigrations,
  olderSchema,
  refuseApplied,
  schemaVersion,
  unreleasedSchema,
} from '../../engines/postgres/schema/schema-state.ts';
import type { Difference } from '../../schemas/catalogue.ts';
import { migrations } from '../../schemas/migrations.ts';
import { sqlCommand } from '../output/dead-letter-query.ts';
import { type Finding, fault, note, ok } from './finding.ts';

const check = 'schema';

/** Returns the findings about a schema. `applied` is null if the database has none. */
export function migrationFindings(applied: readonly Applied[] | null, different: readonly Difference[]): Finding[] {
  if (applied === null) return [note(check, 'there is none yet; the first `npx sluice run` creates it')];
  const refusal = refuseApplied(applied);
  if (refusal) return [fault(check, refusal.message, refusal.advice)];
  return [versionFinding(applied, different), ...different.map(differenceFinding)];
}

function versionFinding(applied: readonly Applied[], different: readonly Difference[]): Finding {
  const unreleased = unreleasedSchema(applied, different);
  if (unreleased) return fault(check, unreleased.message, unreleased.advice);
  const older = olderSchema(applied);
  if (older) {
    const names = missingMigrations(applied).map(({ version, name }) => `${version} ${name}`);
    return fault(check, `${older.message}: it lacks ${names.join(', ')}`, older.advice);
  }
  const hasAll = missingMigrations(applied, ['sluice', 'users']).length === 0;
  const which = hasAll ? '' : ', the bookkeeping of a replica; `npx sluice run` adds users_enriched';
  const sentence = `version ${schemaVersion(applied)}, the newest${which}`;
  return ok(check, sentence);
}

function differenceFinding(difference: Difference): Finding {
  const { object, expected, found } = difference;
  const [, kind = '', table = '', name = ''] = /^(\w+) ((?:sluice\.)?\w+)(?:\.(.+))?$/.exec(object) ?? [];
  const alter = (action: string) => sqlCommand(`ALTER TABLE ${readableTable(table)} ${action}`, { writes: true });
  const script = `create it as schemas/postgres.sql of version ${migrations().length} does`;
  const sentence = describeDifference(difference);
  if (expected === null) return note(check, sentence, alter(`DROP ${kind.toUpperCase()} ${readable(name)}`));
  if (kind === 'constraint') {
    const drop = found === null ? '' : `DROP CONSTRAINT ${readable(name)}, `;
    return fault(check, sentence, alter(`${drop}ADD CONSTRAINT ${readable(name)} ${expected}`));
  }
  if (kind !== 'column' || found !== null) return fault(check, sentence, script);
  return fault(check, sentence, alter(`ADD COLUMN ${readable(name)} ${expected}`));
}

/** Quotes a table of Sluice, with or without the schema `sluice`. */
const readableTable = (name: string): string => name.split('.').map(readable).join('.');
