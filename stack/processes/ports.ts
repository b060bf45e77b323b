/** Finds free TCP ports of 127.0.0.1: the preferred one, else the next free one. */
import { connect, createServer } from 'node:net';

export const HOST = '127.0.0.1';

/** Number of ports to try above the first one. */
const MAX_STEPS = 200;

/**
 * The first port >= `first` that is free and not in `taken`; 0 means any free port.
 * Another process may take the port at any moment, so the caller must retry when binding fails.
 */
export async function freePort(
  first: number,
  taken: ReadonlySet<number> = new Set(),
  isFree: (port: number) => Promise<boolean> = portIsFree,
): Promise<number> {
  if (first === 0) return anyFreePort();
  const last = Math.min(first + MAX_STEPS, 65_535);
  for (let port = first; port <= last; port++) {
    if (!taken.has(port) && (await isFree(port))) return port;
  }
  throw new Error(`no free port between ${first} and ${last} on ${HOST}`);
}

/** True when nothing answers on the port and it can be bound. */
export async function portIsFree(port: number): Promise<boolean> {
  // On macOS 127.0.0.1 can be bound beside a listener on all addresses, so a successful bind alone proves nothing.
  return !(await portAnswers(port)) && (await canBind(port));
}

/** True when a process accepts connections on the port. Unlike `portIsFree` it never binds the port. */
export function portAnswers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: HOST, timeout: 1000 });
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => settle(true));
    socket.once('timeout', () => settle(true));
    socket.once('error', () => settle(false));
  });
}

function canBind(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: HOST, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

function anyFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port: 0, host: HOST, exclusive: true }, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
