/** Options of a schema that is carried to another product. */
import { phases } from '../../../services/schema/phases.ts';
import type { Options } from '../option.ts';
import { severalOf, text } from '../parse.ts';
import { policies } from '../policy.ts';

/** Schema. */
export const schema = {
  policy: {
    kind: 'value',
    flag: 'policy',
    value: '<name=value,...>',
    description:
      'what is done with values that the target cannot hold: onNaN=park|null, onInfinity=park|null|limit, interval=text|microseconds, uuid=native|text|binary, for one column as schema.table.column.onNaN=null; and with schemas: schemas=separate|merge, schemas.NAME=DATABASE',
    parse: policies,
  },
  phases: {
    kind: 'value',
    flag: 'phases',
    value: '<phase,...>',
    default: phases.join(','),
    description: `parts of the schema: ${phases.join(', ')}; data are loaded after the tables`,
    parse: severalOf(...phases),
  },
  outputFolder: {
    kind: 'value',
    flag: 'output-folder',
    value: '<folder>',
    description: 'also write the statements into files of this folder, add_mysql_constraints.sql among them',
    parse: text,
  },
  acceptFindings: {
    kind: 'switch',
    flag: 'accept-findings',
    description: 'apply the schema although a finding blocks it; what the finding names is then missing in the target',
  },
} as const satisfies Options;
