/** Waits for a running use case. */
import type { Running } from '../../services/running.ts';
import { stoppedBy } from './stop-signal.ts';

/** Resolves with the result. A stop by the user ends the use case and its waits; a closed output ends only the use case. */
export async function untilDone<R>(running: Running<R>, stop: AbortSignal): Promise<R> {
  const onStop = () => running.stop(stoppedBy(stop));
  if (stop.aborted) onStop();
  else stop.addEventListener('abort', onStop, { once: true });
  try {
    return await running.done;
  } finally {
    stop.removeEventListener('abort', onStop);
  }
}
