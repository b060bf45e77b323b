/** A full disk is an outage, not a data error: the worker waits, parks nothing, and continues when there is space again. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { appendFile, chmod, chown, mkdir, rm, rmdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'vitest';
import { withConnection } from '../../engines/postgres/connection/connection.ts';
import { describeServers } from '../context.ts';
import { databaseOf } from '../database-of.ts';
import { makeWorkload } from '../oracle/workload.ts';
import { finishes, logged } from './finish.ts';
import { ownStack } from './own-stack.ts';
import { scene } from './scene.ts';
import { startWorker } from './worker.ts';

const canMount = mountWorks();

describeServers('a full disk', () => {
  const name = `pauses the worker, and nothing is parked (promise 5)${canMount ? '' : ' (this user cannot mount a tmpfs)'}`;
  test.skipIf(!canMount)(name, async () => {
    await using stack = await ownStack({ kafka: false });
    await using disk = await smallDisk(join(stack.dir, 'small'), await ownerOf(stack.databaseUrl));
    await using it = await scene(makeWorkload({ seed: 51, count: 4_000 }), 4, stack);
    const holdAt = { step: 'before copy' } as const;
    await using worker = startWorker({ ...it.config, lanes: 1, maxRecords: 500, holdAt });
    await worker.held;
    await it.rows(`create tablespace small location '${disk.path}'`);
    await it.rows('alter table users_enriched set tablespace small');
    await disk.fill();
    worker.goOn();
    await logged(worker, '"code":"53100","attempt":4');
    await disk.free();
    await finishes(worker, it);
  });
});

/** The user of the PostgreSQL server, who must own the folder of a tablespace. */
type Owner = { readonly uid: number; readonly gid: number };

type SmallDisk = AsyncDisposable & {
  /** A folder on it, owned by the server's user. */
  readonly path: string;
  /** Uses up all free space. */
  readonly fill: () => Promise<void>;
  /** Frees it. */
  readonly free: () => Promise<void>;
};

/** A file system of 16 MB in memory, mounted at `at` until dispose. */
async function smallDisk(at: string, { uid, gid }: Owner): Promise<SmallDisk> {
  await mkdir(at);
  mount('mount', '-t', 'tmpfs', '-o', 'size=16m,mode=0755', 'tmpfs', at);
  const path = join(at, 'tablespace');
  await mkdir(path);
  await chown(path, uid, gid);
  await chmod(path, 0o700);
  const filler = join(at, 'filler');
  return {
    path,
    fill: async () => {
      // Page by page to the end, so that no page is free.
      const page = Buffer.alloc(4096);
      for (;;) {
        const full = await appendFile(filler, page).then(
          () => false,
          (error: NodeJS.ErrnoException) => error.code === 'ENOSPC',
        );
        if (full) return;
      }
    },
    free: () => rm(filler),
    [Symbol.asyncDispose]: async () => {
      // The server may have open files: the mount point is removed at once, the memory is freed with the last file.
      mount('umount', '-l', at);
      await rmdir(at);
    },
  };
}

async function ownerOf(databaseUrl: string): Promise<Owner> {
  const folder = await withConnection(databaseOf(databaseUrl), 'test', async (client) => {
    const { rows } = await client.query<{ data_directory: string }>('show data_directory');
    return rows[0]?.data_directory ?? '';
  });
  return await stat(folder);
}

function mount(command: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: 10_000 });
  if (status !== 0) throw new Error(`${command} failed: ${stderr}`);
}

/** Containers run as root but may not be allowed to mount. */
function mountWorks(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const at = mkdtempSync(join(tmpdir(), 'sluice-mount-'));
  try {
    mount('mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', at);
    mount('umount', at);
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(at);
  }
}
