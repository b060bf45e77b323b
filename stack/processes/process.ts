/**
 * Starts, finds and stops servers that outlive the command that started them. A process is identified by pid and start time
 * together, so that another process with a recycled pid is never taken for ours and never killed.
 */
import { type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { waitFor } from './wait.ts';

export type ProcessIdentity = {
  readonly pid: number;
  /** Its start time as the system formats it; only compared, never parsed. */
  readonly started: string;
};

export type ServerCommand = {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Receives standard output and error, appended. */
  readonly logFile: string;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
};

/** The process with this pid now; undefined when there is none or it is a zombie. */
export function identify(pid: number): ProcessIdentity | undefined {
  const started = process.platform === 'linux' ? startFromProc(pid) : startFromPs(pid);
  return started === undefined ? undefined : { pid, started };
}

/** True when exactly this process still runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.started === identity.started;
}

/** Starts a server in its own session, so that it keeps running when this process ends. Rejects when it cannot start. */
export async function startServer(server: ServerCommand): Promise<ProcessIdentity> {
  const log = openSync(server.logFile, 'a');
  try {
    const options: SpawnOptions = { cwd: server.cwd, env: server.env, detached: true, stdio: ['ignore', log, log] };
    if (server.uid !== undefined) options.uid = server.uid;
    if (server.gid !== undefined) options.gid = server.gid;
    const child = spawn(server.command, server.args, options);
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    if (identity === undefined) throw new Error(`${server.command} ended at once, see ${server.logFile}`);
    return identity;
  } finally {
    closeSync(log);
  }
}

/** Signals to send one after the other, each with the milliseconds to wait for the process to end. */
export type StopPlan = readonly (readonly [signal: NodeJS.Signals, waitMs: number])[];

/**
 * Stops a process by the plan. Returns the signal that ended it, or undefined when it was not running.
 * Rejects when it survives all signals or belongs to another user.
 */
export async function stopProcess(identity: ProcessIdentity, plan: StopPlan): Promise<NodeJS.Signals | undefined> {
  if (!isRunning(identity)) return undefined;
  for (const [signal, waitMs] of plan) {
    try {
      process.kill(identity.pid, signal);
    } catch (cause) {
      if (!isRunning(identity)) return signal;
      throw new Error(`process ${identity.pid} cannot be stopped by this user`, { cause });
    }
    const gone = () => (isRunning(identity) ? undefined : true);
    if (await waitFor(gone, { limitMs: waitMs, everyMs: 25 })) return signal;
  }
  throw new Error(`process ${identity.pid} did not end after ${plan.map(([signal]) => signal).join(', ')}`);
}

/** The command line of a process, undefined when it has ended or cannot be read. */
export function commandLine(pid: number): string | undefined {
  if (process.platform === 'linux') return readIfThere(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ').trim();
  return ps(pid, ['command=']);
}

/** Finds a process by its command line, for a server without a record. `isIt` must match only our own servers. */
export function findByCommand(isIt: (commandLine: string) => boolean): ProcessIdentity | undefined {
  const found = allPids().find((pid) => isIt(commandLine(pid) ?? ''));
  return found === undefined ? undefined : identify(found);
}

/** Memory in use in bytes (resident set), undefined when the process has ended. */
export function residentBytes(pid: number): number | undefined {
  const kilobytes =
    process.platform === 'linux'
      ? Number(/^VmRSS:\s+(\d+) kB/m.exec(readIfThere(`/proc/${pid}/status`) ?? '')?.[1])
      : Number(ps(pid, ['rss=']));
  return kilobytes > 0 ? kilobytes * 1024 : undefined;
}

// On Linux everything is read from /proc, because small images have no ps.
function allPids(): number[] {
  if (process.platform === 'linux') return readdirSync('/proc').map(Number).filter(Number.isInteger);
  const ran = spawnSync('ps', ['-A', '-o', 'pid='], { encoding: 'utf8', timeout: 5000 });
  return (ran.stdout ?? '')
    .split('\n')
    .map(Number)
    .filter((pid) => pid > 0);
}

function startFromProc(pid: number): string | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The name in parentheses may contain any character. After the last one follow the state and, 20th, the start time.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  // The start time counts from boot, so the boot id distinguishes equal numbers of two boots.
  return `${readIfThere('/proc/sys/kernel/random/boot_id')?.trim() ?? 'boot'} ${fields[19]}`;
}

function startFromPs(pid: number): string | undefined {
  const [state, ...started] = ps(pid, ['stat=', 'lstart='])?.split(/\s+/) ?? [];
  return state === undefined || state.startsWith('Z') ? undefined : started.join(' ');
}

function ps(pid: number, columns: readonly string[]): string | undefined {
  const args = ['-ww', ...columns.flatMap((column) => ['-o', column]), '-p', String(pid)];
  const ran = spawnSync('ps', args, {
    encoding: 'utf8',
    timeout: 5000,
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
  });
  return ran.stdout?.trim() || undefined;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // The process has ended, or the system hides it from this user.
    return undefined;
  }
}
