/** Options of a load of whole tables. */
import type { Options } from '../option.ts';
import { integer } from '../parse.ts';

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
} as const satisfies Options;
