/** For tests that start stacks: servers outlive the process that started them, so a guardian stops them when the run is killed. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

export type Guardian = AsyncDisposable & {
  /** The stack in `dir` is destroyed when this process ends, for any reason. */
  watch(dir: string): void;
  /** The stack in `dir` has been deleted. */
  release(dir: string): void;
};

/** Starts a process that outlives this one until it has cleaned up; dispose ends it. */
export function startGuardian(): Guardian {
  const root = join(import.meta.dirname, '..');
  const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'guardian-process.ts')], {
    cwd: root,
    stdio: ['pipe', 'ignore', 'inherit'],
    // A session of its own: Ctrl-C must not reach the guardian.
    detached: true,
  });
  child.unref();
  // The pipe only breaks if the guardian died; the tests continue without it.
  child.stdin.on('error', () => undefined);
  return {
    watch: (dir) => void child.stdin.write(`+${dir}\n`),
    release: (dir) => void child.stdin.write(`-${dir}\n`),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.stdin.end();
      // The child is waited for: without other work Node would end here, with exit code 0.
      child.ref();
      const limit = setTimeout(() => child.kill('SIGKILL'), 30_000);
      await ended;
      clearTimeout(limit);
    },
  };
}
