/** MySQL from Debian's suite sid, run with the libraries of that suite. Its version moves with the suite. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { librariesIn } from './mariadb.ts';
import { unpackedPackages } from './packages.ts';

/** How to start the server: `command ...args ...options`. */
export type MysqlProgram = { readonly command: string; readonly args: readonly string[] };

/** The server, fetched now unless it is in the cache. Throws NotOnThisMachine where apt does not have it. */
export async function debianMysql(): Promise<MysqlProgram> {
  const folder = await unpackedPackages({ name: 'mysql-sid', packages: ['mysql-server-core'], suite: 'sid' });
  const root = join(folder, 'usr');
  const libraries = await librariesIn(folder);
  // The machine's own libc is older than the one that the programs of sid need.
  const loader = (await readdir(libraries)).find((name) => /^ld-linux-.*\.so\.\d$/.test(name));
  if (loader === undefined) throw new Error(`there is no loader in ${libraries}`);
  return {
    command: join(libraries, loader),
    args: [
      '--library-path',
      libraries,
      join(root, 'sbin', 'mysqld'),
      '--no-defaults',
      `--basedir=${root}`,
      `--lc-messages-dir=${join(root, 'share', 'mysql')}`,
      // mysqld runs as root only if it is told to.
      ...(process.getuid?.() === 0 ? ['--user=root'] : []),
    ],
  };
}
