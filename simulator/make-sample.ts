/** Writes `data/sample_events.json` anew: `node --import tsx simulator/make-sample.ts`. The same bytes every time. */
import { writeFileSync } from 'node:fs';
import { sampleElements, sampleFile } from './sample.ts';

writeFileSync(new URL('../data/sample_events.json', import.meta.url), sampleFile());
process.stdout.write(`${JSON.stringify(sampleElements().counts, null, 2)}\n`);
