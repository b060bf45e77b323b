/** The servers of this checkout's local stack. Another server on localhost never replaces a stopped one. */
import { PipelineError } from '../../pipeline/errors.ts';
import { DEFAULT_DIR } from '../../stack/stack.ts';
import { readStack, type StackServers, wasStarted } from '../../stack/state/state.ts';

type Key = keyof StackServers;

const names: { readonly [K in Key]: string } = {
  kafka: 'Kafka',
  postgres: 'PostgreSQL',
  source: 'source PostgreSQL',
  connect: 'Kafka Connect',
  mariadb: 'MariaDB',
};

const namedBy: { readonly [K in Key]: string } = {
  kafka: '--bootstrap-servers localhost:9092 (KAFKA_BOOTSTRAP_SERVERS)',
  postgres: '--target-db postgresql://localhost (TARGET_DB_URL, POSTGRES_HOST; of a replica TARGET_DB_HOST)',
  source: '--source-db (SOURCE_DB_URL)',
  connect: '--connect-url http://localhost:8083 (KAFKA_CONNECT_URL)',
  mariadb: '--target-db mariadb://localhost (TARGET_DB_URL)',
};

/**
 * Returns the running server; undefined if no stack was started here since the last `stack destroy`.
 * Throws `local_stack_stopped` if the stack exists but this server does not run.
 */
export function localServer<K extends Key>(key: K): StackServers[K] | undefined {
  const stack = readStack(DEFAULT_DIR);
  if (stack?.[key] !== undefined) return stack[key];
  if (!wasStarted(DEFAULT_DIR)) return undefined;
  const what = stack === undefined ? '' : ` has no running ${names[key]}`;
  throw new PipelineError(
    'local_stack_stopped',
    `the local stack of this checkout${what || ' is not running'}: \`${startCommand(key)}\``,
    {
      advice: `To use localhost, name it: ${namedBy[key]}`,
    },
  );
}

/** Returns the command that starts the server. */
export const startCommand = (key: Key): string => `npx sluice stack up${startOptions[key] ?? ''}`;

const startOptions: { readonly [K in Key]?: string } = {
  source: ' --with connect',
  connect: ' --with connect',
  mariadb: ' --with mariadb',
};
