/** Starting a server on a port that was free a moment ago: whoever took it since then costs one more try, not a failure. */
import { setTimeout as delay } from 'node:timers/promises';
import { freePort, HOST, portIsFree } from './ports.ts';
import { ServerStartError } from './server-start-error.ts';

export type PortWish = {
  /** Asked for by the user: this port or an error; 0 is any free one. */
  readonly asked: number | undefined;
  /** Otherwise the first free one from here. */
  readonly preferred: number;
};

const TRIES = 20;

/** Calls `start` with a free port, again with the next when it was taken meanwhile. Rejects with the last error. */
export async function startOnFreePort<T>(wish: PortWish, start: (port: number) => Promise<T>): Promise<T> {
  const fixed = wish.asked !== undefined && wish.asked !== 0;
  if (fixed && !(await portIsFree(wish.asked))) throw new Error(`port ${wish.asked} on ${HOST} is taken`);
  const taken = new Set<number>();
  for (let tries = 1; ; tries++) {
    const port = fixed ? wish.asked : await freePort(wish.asked ?? wish.preferred, taken);
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
