/**
 * Chooses the user that runs a database server when this process is root, because PostgreSQL refuses to run as root and a
 * MariaDB of root would write files anywhere: the owner of existing data, an existing system user, or a new one.
 */
import { stat } from 'node:fs/promises';
import { PrerequisiteError } from '../prerequisite-error.ts';
import { runCommand } from '../processes/run-command.ts';

export type Account = { readonly uid: number; readonly gid: number; readonly name: string };
export type AccountChoice = { readonly account: Account; readonly created: boolean };

/** Not `postgres`, which a package of the system may create later. */
const OWN_USER = 'sluice-postgres';

/** Runs every database server of a stack, so that a stack creates at most one user. */
const KNOWN_USERS = ['postgres', OWN_USER];

/**
 * The account that runs the server when this process is root; undefined when it is not root and runs the server itself.
 * @param dataDir existing data, which only its owner can use
 */
export async function serverAccount(dataDir: string | undefined): Promise<AccountChoice | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = dataDir === undefined ? undefined : await ownerOf(dataDir);
  if (owner !== undefined) return { account: owner, created: false };
  for (const name of KNOWN_USERS) {
    const account = await lookUp(name);
    if (account !== undefined) return { account, created: false };
  }
  const problems: string[] = [];
  for (const [command, ...args] of USER_COMMANDS) {
    const ran = await runCommand(command, args, { limitMs: 20_000 });
    const account = await lookUp(OWN_USER);
    if (account !== undefined) return { account, created: true };
    problems.push(`${command}: ${ran.problem ?? ran.output.trim()}`);
  }
  throw new PrerequisiteError(
    'server-user-missing',
    `database servers do not run as root, and no system user could be created for them (${problems.join('; ')})`,
    process.platform === 'darwin' ? 'run this command as a user other than root' : 'useradd --system postgres',
  );
}

const USER_COMMANDS: readonly (readonly [string, ...string[]])[] = [
  [
    'useradd',
    '--system',
    '--user-group',
    '--no-create-home',
    '--home-dir',
    '/nonexistent',
    '--shell',
    '/bin/false',
    OWN_USER,
  ],
  ['adduser', '--system', '--group', '--no-create-home', '--home', '/nonexistent', OWN_USER],
  // Busybox.
  ['adduser', '-S', '-D', '-H', OWN_USER],
];

async function lookUp(name: string): Promise<Account | undefined> {
  const [uid, gid] = await Promise.all([numberFrom('-u', name), numberFrom('-g', name)]);
  return uid === undefined || gid === undefined || uid === 0 ? undefined : { uid, gid, name };
}

async function numberFrom(option: string, name: string): Promise<number | undefined> {
  const ran = await runCommand('id', [option, name], { limitMs: 10_000 });
  const id = Number.parseInt(ran.output, 10);
  return ran.code === 0 && Number.isInteger(id) ? id : undefined;
}

async function ownerOf(dataDir: string): Promise<Account | undefined> {
  const found = await stat(dataDir).catch(() => undefined);
  if (found === undefined || found.uid === 0) return undefined;
  const named = await runCommand('id', ['-un', String(found.uid)], { limitMs: 10_000 });
  return { uid: found.uid, gid: found.gid, name: named.code === 0 ? named.output.trim() : `number ${found.uid}` };
}
