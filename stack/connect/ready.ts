/** Checks over REST whether Kafka Connect serves clients. */
import { HOST, portAnswers } from '../processes/ports.ts';
import type { ConnectServer } from '../state/state.ts';

/** Most milliseconds to wait for an answer. A starting worker answers 503 or not at all. */
const ANSWER_LIMIT_MS = 3000;

/** URL of the REST interface. */
export const connectUrl = ({ port }: Pick<ConnectServer, 'port'>): string => `http://${HOST}:${port}`;

/** True when the worker has joined its group, has loaded its state and accepts requests. Takes at most about 4 s. */
export async function connectAnswers(server: ConnectServer): Promise<boolean> {
  if (!(await portAnswers(server.port))) return false;
  try {
    const response = await fetch(`${connectUrl(server)}/health`, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    // Any error means not ready. The caller has a time limit and quotes the server's log.
    return false;
  }
}
