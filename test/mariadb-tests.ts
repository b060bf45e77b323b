/** The test files that need MariaDB: those that call the functions of `test/mariadb.ts`. They run on every version. */
import { filesIn, read } from './tree.ts';

/** Paths from the root of the checkout. */
export const mariadbTests = (): string[] =>
  filesIn('.').filter(
    (file) => /\.(it|long)\.test\.ts$/.test(file) && /\b(?:describe|fresh)Mariadb\(/.test(read(file)),
  );
