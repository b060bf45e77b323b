/** Tests without servers find no local stack, whichever runs on the machine: each worker's stack folder is its own. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Read when the modules are loaded, so it is set before.
process.env.SLUICE_DIR = join(tmpdir(), `sluice-unit-${process.pid}`);
