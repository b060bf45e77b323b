/** Runs a short command (java -version, mvn, initdb, id) to its end with a time limit, and collects its output. */
import { spawn } from 'node:child_process';

export type CommandOptions = {
  readonly limitMs: number;
  /** Also ends the command when it prints nothing for this time. */
  readonly silenceMs?: number;
  readonly onOutput?: (text: string) => void;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  readonly signal?: AbortSignal | undefined;
};

export type CommandResult = {
  /** Exit code; undefined when the command could not start, was killed by a signal, or exceeded a limit. */
  readonly code: number | undefined;
  /** Standard output and error, in order of arrival; the last 256 kB. */
  readonly output: string;
  /** Why there is no exit code, for messages. */
  readonly problem: string | undefined;
};

const OUTPUT_LIMIT = 256 * 1024;

/**
 * Runs a command and returns how it ended. A nonzero exit code, a missing file and an exceeded limit are results, not
 * errors. Rejects only with the reason of the signal, after the command has ended.
 */
export async function runCommand(command: string, args: readonly string[], options: CommandOptions) {
  options.signal?.throwIfAborted();
  const result = await new Promise<CommandResult>((resolve) => {
    let output = '';
    let problem: string | undefined;
    // In its own process group, so that a kill also ends the Java that the script mvn starts.
    const child = spawn(command, args, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.uid === undefined ? {} : { uid: options.uid }),
      ...(options.gid === undefined ? {} : { gid: options.gid }),
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-OUTPUT_LIMIT);
      silence?.refresh();
      options.onOutput?.(chunk.toString());
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const end = (why: string) => {
      problem ??= why;
      if (child.pid !== undefined) killGroup(child.pid);
      // A process that has left the group could otherwise keep the pipes open and this wait pending.
      child.stdout.destroy();
      child.stderr.destroy();
    };
    const timer = setTimeout(() => end(`took longer than ${options.limitMs / 1000} s`), options.limitMs);
    const { silenceMs } = options;
    const silence =
      silenceMs === undefined ? undefined : setTimeout(() => end(`was silent for ${silenceMs / 1000} s`), silenceMs);
    const onAbort = () => end('was interrupted');
    options.signal?.addEventListener('abort', onAbort, { once: true });
    const settle = (code: number | undefined) => {
      clearTimeout(timer);
      clearTimeout(silence);
      options.signal?.removeEventListener('abort', onAbort);
      resolve({ code: problem === undefined ? code : undefined, output, problem });
    };
    child.on('error', (error) => {
      problem ??= error.message;
      settle(undefined);
    });
    child.on('close', (code, signal) => {
      if (signal !== null) problem ??= `was ended by ${signal}`;
      settle(code ?? undefined);
    });
  });
  options.signal?.throwIfAborted();
  return result;
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // ESRCH: the command has ended by itself.
  }
}
