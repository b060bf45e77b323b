/** Starting a server on a port that was free a moment ago: whoever took it since then costs one more try, not a failure. */
import { setTimeout as delay } from 'node:timers/promises';
import { PrerequisiteError } from '../prerequisite-error.ts';
import { portHolder } from './port-holder.ts';
import { freePort, HOST, portIsFree } from './ports.ts';
import { ServerStartError } from './server-start-error.ts';

export type PortWish = {
  /** Asked for by the user: this port or an error; 0 is any free one. */
  readonly asked: number | undefined;
  /** Otherwise the first free one from here. */
  readonly preferred: number;
  /** What is started, for people. */
  readonly server: string;
  /** The flag of `stack up` that asks for a port; absent where there is none. */
  readonly flag?: string;
  readonly report: (line: string) => void;
};

const TRIES = 20;

/**
 * Calls `start` with a free port, again with the next when it was taken meanwhile. Says so when that is not the preferred
 * one, and who has it. Rejects with the last error, PrerequisiteError when a port that was asked for is taken.
 */
export async function startOnFreePort<T>(wish: PortWish, start: (port: number) => Promise<T>): Promise<T> {
  const { asked, preferred, server, flag, report } = wish;
  const fixed = asked !== undefined && asked !== 0;
  if (fixed && !(await portIsFree(asked))) {
    const message = `port ${asked} on ${HOST} is taken by ${await holderOf(asked)}`;
    throw new PrerequisiteError(
      'port-taken',
      message,
      `choose another${flag ? ` by ${flag}` : ''}, or end that process`,
    );
  }
  const taken = new Set<number>();
  let told = fixed || asked === 0;
  for (let tries = 1; ; tries++) {
    const port = fixed ? asked : await freePort(asked ?? preferred, taken);
    if (!told && port !== preferred) {
      told = true;
      const choose = flag === undefined ? '' : `; ${flag} chooses another`;
      report(`${server}: port ${preferred} is taken by ${await holderOf(preferred)}, so it gets ${port}${choose}`);
    }
    try {
      return await start(port);
    } catch (error) {
      if (!(error instanceof ServerStartError) || tries === TRIES) throw error;
      if (error.dataStillHeld) await delay(500);
      else if (error.portWasTaken && !fixed) taken.add(port);
      else throw error;
    }
  }
}

async function holderOf(port: number): Promise<string> {
  const holder = await portHolder(port);
  return holder === undefined ? 'another process' : `${holder.name} (pid ${holder.pid})`;
}
