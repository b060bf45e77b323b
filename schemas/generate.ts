/** Writes `schemas/postgres.sql` (`npm run schema`). */
import { writeFileSync } from 'node:fs';
import { wholeSchema } from './migrations.ts';

writeFileSync(new URL('./postgres.sql', import.meta.url), wholeSchema());
