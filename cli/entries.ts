/** The words of the command, in the order of its help. */
import { backfill } from './backfill.ts';
import { completion } from './completion.ts';
import { connector } from './connector.ts';
import { demo } from './demo.ts';
import { doctor } from './doctor.ts';
import { enrich } from './enrich.ts';
import { pipelines } from './pipelines.ts';
import type { Entry } from './program.ts';
import { replicate } from './replicate.ts';
import { reset } from './reset.ts';
import { run } from './run.ts';
import { schema } from './schema.ts';
import { simulate } from './simulate.ts';
import { sql } from './sql.ts';
import { stack } from './stack.ts';
import { status } from './status.ts';

const words: readonly Entry[] = [
  demo,
  stack,
  run,
  backfill,
  simulate,
  status,
  reset,
  pipelines,
  connector,
  replicate,
  sql,
  schema,
  doctor,
  enrich,
];

export const entries: readonly Entry[] = [...words, completion(words)];
