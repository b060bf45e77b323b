/** Finds the process that listens on a port of this machine, as far as this user may see it. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { commandLine } from './process.ts';
import { runCommand } from './run-command.ts';

/** A process and its name. */
export type Holder = { readonly pid: number; readonly name: string };

/** The process that listens on the port; undefined when it cannot be found. */
export async function portHolder(port: number): Promise<Holder | undefined> {
  const pid = process.platform === 'linux' ? holderFromProc(port) : await holderFromLsof(port);
  return pid === undefined ? undefined : { pid, name: nameOf(commandLine(pid) ?? '') };
}

/** The program without its folder; for Java, Node and Python with the class or script. */
function nameOf(command: string): string {
  const [program = '', ...args] = command.split(/\s+/);
  const name = program.slice(program.lastIndexOf('/') + 1).replace(/:$/, '') || 'a process';
  const main = /^(java|node|python\d*)$/.test(name)
    ? args.findLast((arg) => /^[\w./-]*[A-Za-z][\w./-]*$/.test(arg))
    : '';
  return main ? `${name} ${main.slice(main.lastIndexOf('/') + 1)}`.slice(0, 60) : name.slice(0, 60);
}

const listening = '0A';

function holderFromProc(port: number): number | undefined {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  const sockets = new Set<string>();
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of attempt(() => readFileSync(file, 'utf8').split('\n')) ?? []) {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      if (state === listening && local.endsWith(`:${wanted}`)) sockets.add(`socket:[${inode}]`);
    }
  }
  if (sockets.size === 0) return undefined;
  return readdirSync('/proc')
    .map(Number)
    .filter(Number.isInteger)
    .find((pid) => {
      const files = attempt(() => readdirSync(`/proc/${pid}/fd`)) ?? [];
      return files.some((file) => sockets.has(attempt(() => readlinkSync(`/proc/${pid}/fd/${file}`)) ?? ''));
    });
}

async function holderFromLsof(port: number): Promise<number | undefined> {
  const { output } = await runCommand('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-t'], { limitMs: 3_000 });
  return Number(/^\d+$/m.exec(output)?.[0]) || undefined;
}

/** Undefined when the process has ended or belongs to another user. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
