/**
 * Three kinds of tests, told apart by their file name:
 * `x.test.ts` beside the code (no I/O), `x.it.test.ts` against real Kafka and PostgreSQL,
 * `x.long.test.ts` for the long suites (`npm run test:all`).
 */
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { mariadbTests } from './test/mariadb-tests.ts';

/** Runs the suites themselves, on other versions of Node. */
const otherVersions = 'test/node-versions.long.test.ts';

const onMariadb = mariadbTests();

const servers = {
  globalSetup: ['test/servers.ts'],
  setupFiles: ['test/ends-with.ts'],
  testTimeout: 120_000,
  hookTimeout: 120_000,
};

export default defineConfig({
  test: {
    // Tests with servers mostly wait, so three files run side by side on two cores, too.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    coverage: {
      provider: 'v8',
      include: ['{schemas,formats,udfs,pipeline,adapters,engines,services,simulator,stack,cli}/**/*.ts'],
      // Data, generators run by hand, and the entry that only a process of its own can run.
      exclude: [
        '**/*.test.ts',
        'udfs/tables/build.ts',
        'cli/docs/schema-files.ts',
        'simulator/make-sample.ts',
        'cli/main.ts',
      ],
      reporter: ['json'],
    },
    projects: [
      {
        test: {
          name: 'unit',
          // Loading the modules again for each file would take longer than the tests.
          isolate: false,
          setupFiles: ['test/own-folder.ts'],
          // Properties over thousands of values take seconds on a busy machine.
          testTimeout: 30_000,
          include: ['**/*.test.ts'],
          exclude: ['**/*.{it,long,soak}.test.ts', '**/node_modules/**', '.sluice/**'],
        },
      },
      { test: { name: 'integration', include: ['**/*.it.test.ts'], exclude: ['**/node_modules/**'], ...servers } },
      {
        test: {
          name: 'long',
          include: ['**/*.long.test.ts'],
          exclude: ['**/node_modules/**', otherVersions],
          ...servers,
          testTimeout: 900_000,
        },
      },
      // By hand, one at a time: `npm run test:soak NAME`.
      { test: { name: 'soak', include: ['test/soak/*.soak.test.ts'], ...servers, testTimeout: 3_600_000 } },
      // The tests that need MariaDB, on the oldest supported version of it.
      { test: { name: 'mariadb-10.11', include: onMariadb, ...servers, testTimeout: 900_000 } },
      // By hand, because its version moves: `npm run test:mysql`.
      { test: { name: 'mysql', include: onMariadb, ...servers, testTimeout: 900_000 } },
      // After the long suites and alone: what it starts uses every core itself.
      { test: { name: 'versions', include: [otherVersions], ...servers } },
    ],
  },
});
