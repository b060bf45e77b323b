/** Whether Kafka Connect serves its clients: asked as they will, over REST. */
import { HOST, portAnswers } from '../processes/ports.ts';
import type { ConnectServer } from '../state/state.ts';

/** Longest answer in milliseconds; a worker that starts answers 503 or not at all. */
const ANSWER_LIMIT_MS = 3000;

/** The address of its REST interface. */
export const connectUrl = ({ port }: Pick<ConnectServer, 'port'>): string => `http://${HOST}:${port}`;

/** True when the worker has joined its group, has read what it remembers and takes requests. Takes at most about 4 s. */
export async function connectAnswers(server: ConnectServer): Promise<boolean> {
  if (!(await portAnswers(server.port))) return false;
  try {
    const response = await fetch(`${connectUrl(server)}/health`, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    // Not ready is an answer here, whatever the reason; the caller has the limit and the server's log.
    return false;
  }
}
