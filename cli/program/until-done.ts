/** Waits for a use case that a command has started. */
import type { Running } from '../../services/running.ts';
import { stoppedBy } from './stop-signal.ts';

/** Resolves with its result. A stop by the user stops it and cuts its waits; a closed output only stops it. */
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
