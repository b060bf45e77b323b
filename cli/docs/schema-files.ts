/** Writes `schemas/postgres.sql` and `schemas/catalogue.txt` (`npm run schema`). The latter needs a temporary PostgreSQL. */

import { writeFileSync } from 'node:fs';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withConnection } from '../../engines/postgres/connection/connection.ts';
import { describeMigrations } from '../../engines/postgres/schema/schema-catalogue.ts';
import { wholeSchema } from '../../schemas/migrations.ts';
import { stackDestroy, stackUp } from '../../stack/stack.ts';

const write = (name: string, text: string) => writeFileSync(new URL(`../../schemas/${name}`, import.meta.url), text);
const report = (line: string) => process.stderr.write(`${line}\n`);

write('postgres.sql', wholeSchema());

const dir = await mkdtemp(join(tmpdir(), 'sluice-schema-'));
// Started as root, the server runs as another user, who needs access to the folder.
await chmod(dir, 0o755);
try {
  const { postgres } = await stackUp({ dir, ports: { postgres: 0 }, kafka: false, postgres: true, report });
  if (!postgres) throw new Error('PostgreSQL did not start');
  const database = { ...postgres, host: '127.0.0.1' };
  write('catalogue.txt', await withConnection(database, 'schema', describeMigrations));
} finally {
  await stackDestroy(dir, report, { cache: true });
}
