/** The cast of a source's column into an existing column: its sizes are those of the target's table. */
import { Rejection } from '../../../schemas/rejection.ts';
import type { LogicalType } from '../../types/logical-type.ts';
import type { Policies } from '../../types/policies.ts';
import type { Cast, Flavor } from '../../types/to-mysql/cast.ts';
import { castToMysql } from '../../types/to-mysql/column-cast.ts';
import { spareDigits } from '../../types/to-mysql/numbers.ts';
import type { MysqlColumn } from './columns.ts';

/** Types whose length is a limit of the column itself, and not of its kind. */
const limited: ReadonlySet<string> = new Set(['varchar', 'char', 'varbinary', 'binary']);

/** Returns the cast. The column may be narrower than the one that the cast table chooses. */
export function castInto(column: MysqlColumn, type: LogicalType, flavor: Flavor, policies: Policies): Cast {
  const { dataType, length, precision, scale, fraction } = column;
  const cast = castToMysql(type, {
    flavor,
    policies,
    keyLimit: limited.has(dataType) ? length : null,
    digits:
      dataType === 'decimal' && precision !== null && scale !== null
        ? { whole: precision - scale - spareDigits, fraction: scale }
        : null,
  });
  return fraction === null || fraction === microseconds ? cast : withFraction(cast, fraction);
}

/** Fractional digits of a second that both sides know at most. */
const microseconds = 6;

/** MySQL rounds a longer fraction, and MariaDB cuts it, both without a warning. */
const withFraction = (cast: Cast, digits: number): Cast => ({
  ...cast,
  encode: (text) => {
    const value = cast.encode(text);
    if (typeof value !== 'string') return value;
    const fraction = /\.(\d*?)0*$/.exec(value)?.[1] ?? '';
    return fraction.length <= digits
      ? value
      : new Rejection('timestamp_precision', `${fraction.length} digits of a second, the column holds ${digits}`);
  },
});
