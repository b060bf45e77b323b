/** Finds worker processes that read, so that a test can kill one of them. */
import type { Running } from '../sluice.ts';
import { linesOf } from './log-lines.ts';

/** Process id of a supervised worker that has joined the group since its start; undefined before. */
export function joinedWorker(supervisor: Running, worker: number): number | undefined {
  const own = linesOf(supervisor).filter((line) => line.worker === worker);
  const started = own.findLastIndex(({ msg }) => msg === 'started a worker');
  const life = own.slice(started + 1).map(({ msg }) => msg);
  const ended = life.includes('a worker ended and is started again');
  return life.includes('joined the group') && !ended ? own[started]?.pid : undefined;
}

/** Process id of a process without a supervisor that has joined the group; undefined before. */
export const joinedAlone = (process: Running): number | undefined =>
  linesOf(process).some(({ msg }) => msg === 'joined the group') ? process.pid : undefined;

/** One of the two supervised workers that have joined; `chance` from 0 to 1 selects the preferred one. */
export function oneOf(supervisor: Running, chance: number): number | undefined {
  const order = chance < 0.5 ? [1, 2] : [2, 1];
  return order.map((worker) => joinedWorker(supervisor, worker)).find((pid) => pid !== undefined);
}
