/** The folder of a database server's data, and the account that runs it. A later start finds both again. */
import { access, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { UpContext } from '../options.ts';
import { type Account, serverAccount } from './account.ts';
import { belongsTo, makeHome, possibleHomes } from './home.ts';

/** A server with its own data folder. */
export type HomeOwner = {
  /** Its key in the record, and the name of its folder. */
  readonly key: 'postgres' | 'source' | 'mariadb';
  /** Its name in messages. */
  readonly server: string;
  /** Stops a server without a record on the data in this folder. */
  readonly stopUnrecorded: (home: string) => Promise<void>;
};

export type ServerHome = { readonly home: string; readonly account: Account | undefined };

/**
 * Finds the folder with the existing data, or creates one that the account can use; records a folder outside of the stack's
 * and a user that was created. Throws PrerequisiteError `server-user-missing`.
 */
export async function serverHome(
  { dir, keeper, report }: UpContext,
  { key, server, stopUnrecorded }: HomeOwner,
): Promise<ServerHome> {
  const recorded = keeper.record[`${key}Home`];
  const [inside = join(dir, key), ...outside] = await possibleHomes(dir, key);
  const existing = (await hasData(inside))
    ? inside
    : recorded !== undefined && (await hasData(recorded))
      ? recorded
      : undefined;
  const choice = await serverAccount(existing === undefined ? undefined : join(existing, 'data'));
  if (choice?.created) {
    report(`${server}: created the system user ${choice.account.name}, because database servers do not run as root`);
    await keeper.change((record) => ({ ...record, createdUser: choice.account.name }));
  }
  for (const home of outside) {
    if (home !== recorded && (await belongsTo(home, dir))) {
      report(`${server}: removing ${home}, left over from a stack in the same folder that was deleted`);
      await stopUnrecorded(home);
      await rm(home, { recursive: true, force: true });
    }
  }
  const home = existing ?? (await makeHome(dir, choice?.account, key));
  if (home !== inside && home !== recorded) {
    report(`${server}: user ${choice?.account.name} cannot reach ${dir}, so its data are in ${home}`);
    await keeper.change((record) => ({ ...record, [`${key}Home`]: home }));
  }
  return { home, account: choice?.account };
}

async function hasData(home: string): Promise<boolean> {
  return access(join(home, 'data')).then(
    () => true,
    () => false,
  );
}
