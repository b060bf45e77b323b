/** Makes the schema of a target: all of it, or one phase. */
import type { Session } from '../../engines/mysql/connection/session.ts';
import { applyForeignKeys } from '../../engines/mysql/schema-apply/foreign-keys.ts';
import { applyIndexes } from '../../engines/mysql/schema-apply/indexes.ts';
import type { Applied } from '../../engines/mysql/schema-apply/statement.ts';
import { applyTables } from '../../engines/mysql/schema-apply/tables.ts';
import type { SchemaPlan } from '../../engines/mysql/schema-plan/schema-plan.ts';
import type { Phase } from './phases.ts';

const appliers: { readonly [phase in Phase]: (session: Session, plan: SchemaPlan) => Promise<readonly Applied[]> } = {
  tables: applyTables,
  indexes: applyIndexes,
  foreignKeys: applyForeignKeys,
};

/** Runs one phase. May be run again: what is there and equal is left. */
export const applyPhase = (session: Session, plan: SchemaPlan, phase: Phase): Promise<readonly Applied[]> =>
  appliers[phase](session, plan);
