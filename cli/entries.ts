/** The words of the command, in the order of its help. */
import { demo } from './demo.ts';
import { enrich } from './enrich.ts';
import type { Entry } from './program.ts';
import { run } from './run.ts';
import { simulate } from './simulate.ts';
import { stack } from './stack.ts';
import { status } from './status.ts';

export const entries: readonly Entry[] = [demo, stack, run, simulate, status, enrich];
