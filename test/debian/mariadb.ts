/** MariaDB 10.11, the oldest supported version: from the packages of Debian 12 or Ubuntu 24.04. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { MariadbBinaries } from '../../stack/mariadb/binaries.ts';
import { NotOnThisMachine, unpackedPackages } from './packages.ts';

const VERSION = '10.11';

/** Its programs, fetched now unless they are in the cache. Throws NotOnThisMachine where apt does not have them. */
export async function debianMariadb(): Promise<MariadbBinaries> {
  const folder = await unpackedPackages({
    name: `mariadb-${VERSION}-debian`,
    packages: ['mariadb-server-core', 'mariadb-client-core', 'libaio1|libaio1t64', 'liburing2', 'libnuma1'],
    accept: (version) => {
      if (!version.startsWith(`${VERSION}.`))
        throw new NotOnThisMachine(`apt of this machine has MariaDB ${version}, and the tests need ${VERSION}`);
    },
  });
  return {
    root: join(folder, 'usr'),
    version: VERSION,
    server: 'sbin/mariadbd',
    installDb: 'bin/mariadb-install-db',
    libraries: await librariesIn(folder),
  };
}

/** The folder of shared libraries, which has the name of the architecture. */
export async function librariesIn(folder: string): Promise<string> {
  const lib = join(folder, 'usr', 'lib');
  const found = (await readdir(lib)).find((name) => name.endsWith('-linux-gnu'));
  if (found === undefined) throw new Error(`there are no libraries in ${lib}`);
  return join(lib, found);
}
