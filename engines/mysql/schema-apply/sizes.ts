/** Sizes of columns that a plan takes from the data, which may have grown since the table was made. */
import type { ColumnPlan } from '../schema-plan/schema-plan.ts';
import { partsOf } from '../schema-plan/sql-type.ts';
import type { Definition } from './definition.ts';

/** The name, the type with its sizes, and the rest of a column in SHOW CREATE TABLE. */
const sized = /^(`(?:[^`]|``)+`) (\w+\(\d+(?:,\d+)?\))(.*)$/;

/**
 * The found definition with the planned sizes in place of others that still hold the measured values. A plan of today would make such
 * a column larger or smaller, but it need not be altered.
 */
export function withPlannedSizes(found: Definition, planned: Definition, columns: readonly ColumnPlan[]): Definition {
  return {
    ...found,
    columns: found.columns.map((line, index) => {
      const wanted = planned.columns[index] ?? line;
      return isLargeEnough(line, wanted, columns[index]?.leastType ?? null) ? wanted : line;
    }),
  };
}

function isLargeEnough(line: string, wanted: string, leastType: string | null): boolean {
  const [present, planned] = [sized.exec(line), sized.exec(wanted)];
  if (leastType === null || present === null || planned === null) return false;
  const [, name, type = '', rest = ''] = present;
  const [, plannedName, plannedType = '', plannedRest = ''] = planned;
  const [has, least] = [partsOf(type), partsOf(leastType)];
  return (
    name === plannedName &&
    has.word === partsOf(plannedType).word &&
    has.word === least.word &&
    has.scale >= least.scale &&
    has.size - has.scale >= least.size - least.scale &&
    withoutZeros(rest) === withoutZeros(plannedRest)
  );
}

/** A default of a decimal is written with as many digits as its column has. */
const withoutZeros = (rest: string): string =>
  rest.replace(/( DEFAULT '?-?\d+\.\d*?)0+(?=['\s]|$)/, '$1').replace(/( DEFAULT '?-?\d+)\.(?=['\s]|$)/, '$1');
