/** Regenerates `data/sample_events.json` with the same bytes: `node --import tsx simulator/make-sample.ts`. */
import { writeFileSync } from 'node:fs';
import { sampleElements, sampleFile } from './sample.ts';

writeFileSync(new URL('../data/sample_events.json', import.meta.url), sampleFile());
process.stdout.write(`${JSON.stringify(sampleElements().counts, null, 2)}\n`);
