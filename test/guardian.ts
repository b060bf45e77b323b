/** For tests that start stacks: servers outlive their starter, so somebody has to end them when the run is killed. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

export type Guardian = AsyncDisposable & {
  /** From now on the stack in `dir` is destroyed when this process ends, however it ends. */
  watch(dir: string): void;
  /** The stack in `dir` is gone. */
  release(dir: string): void;
};

/** Starts a process that outlives this one by what it takes to clean up; it ends at dispose. */
export function startGuardian(): Guardian {
  const root = join(import.meta.dirname, '..');
  const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'guardian-process.ts')], {
    cwd: root,
    stdio: ['pipe', 'ignore', 'inherit'],
    // A session of its own: Ctrl-C is for the run, not for who cleans up after it.
    detached: true,
  });
  child.unref();
  // It only breaks when the guardian died; the tests go on, merely unguarded.
  child.stdin.on('error', () => undefined);
  return {
    watch: (dir) => void child.stdin.write(`+${dir}\n`),
    release: (dir) => void child.stdin.write(`-${dir}\n`),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.stdin.end();
      // Waited for in earnest: with nothing else to do Node would end here, and with exit code 0.
      child.ref();
      const limit = setTimeout(() => child.kill('SIGKILL'), 30_000);
      await ended;
      clearTimeout(limit);
    },
  };
}
