/** Starts a server on a free port, and tries the next one when another process takes the port meanwhile. */
import { setTimeout as delay } from 'node:timers/promises';
import { PrerequisiteError } from '../prerequisite-error.ts';
import { portHolder } from './port-holder.ts';
import { freePort, HOST, portIsFree } from './ports.ts';
import { ServerStartError } from './server-start-error.ts';

export type PortRequest = {
  /** The port requested by the user, which must be free; 0 means any free port. */
  readonly requested: number | undefined;
  /** When no port is requested, the first free port from this one is used. */
  readonly preferred: number;
  /** Name of the server, for messages. */
  readonly server: string;
  /** The option of `stack up` that requests a port; absent when there is none. */
  readonly flag?: string;
  readonly report: (line: string) => void;
};

const TRIES = 20;

/**
 * Calls `start` with a free port, and again with the next one when that was taken meanwhile. When the port is not the
 * preferred one, reports which process holds the preferred one. Rejects with the last error, or with PrerequisiteError when a
 * requested port is taken.
 */
export async function startOnFreePort<T>(request: PortRequest, start: (port: number) => Promise<T>): Promise<T> {
  const { requested, preferred, server, flag, report } = request;
  const fixed = requested !== undefined && requested !== 0;
  if (fixed && !(await portIsFree(requested))) {
    const message = `port ${requested} on ${HOST} is taken by ${await holderOf(requested)}`;
    throw new PrerequisiteError(
      'port-taken',
      message,
      `choose another port${flag ? ` with ${flag}` : ''}, or end that process`,
    );
  }
  const taken = new Set<number>();
  let reported = fixed || requested === 0;
  for (let tries = 1; ; tries++) {
    const port = fixed ? requested : await freePort(requested ?? preferred, taken);
    if (!reported && port !== preferred) {
      reported = true;
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
