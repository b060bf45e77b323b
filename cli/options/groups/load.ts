/** Options of a load of whole tables. */
import type { Options } from '../option.ts';
import { integer, text } from '../parse.ts';

/** Load. */
export const load = {
  loadConnections: {
    kind: 'value',
    flag: 'load-connections',
    value: '<n>',
    default: '2',
    description: 'connections that read and write at the same time',
    parse: integer(1, 64),
  },
  dump: {
    kind: 'value',
    flag: 'dump',
    value: '<path>',
    description: 'plain dump of pg_dump to move, .sql, .sql.gz or .sql.zst; without it an airline is invented',
    parse: text,
  },
  flights: {
    kind: 'value',
    flag: 'flights',
    value: '<n>',
    description: 'flights of the invented airline; 33121 by default, which are 2.3 million rows',
    parse: integer(2, 1_000_000),
  },
} as const satisfies Options;
