/** Whether a file has come to rest, or somebody still writes it. */
import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../pipeline/ports.ts';

/** Milliseconds without a change after which a file is taken as written. */
const restMs = 2_000;

/**
 * True when nothing follows the first `bytes` of the file, and it has not changed for two seconds; waits for these as far
 * as they have not passed yet. False when it has grown, or at a stop.
 */
export async function isStill(path: string, bytes: number, clock: Clock, signal: AbortSignal): Promise<boolean> {
  const before = await stat(path);
  const rest = Math.min(Math.max(before.mtimeMs + restMs - clock.now(), 0), restMs);
  await sleep(rest, undefined, { signal }).catch(() => undefined);
  if (signal.aborted) return false;
  const after = await stat(path);
  return after.size === bytes && after.mtimeMs === before.mtimeMs;
}
