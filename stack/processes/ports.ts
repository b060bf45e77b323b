/** Free TCP ports of 127.0.0.1: the well-known one when nobody has it, else the next. */
import { connect, createServer } from 'node:net';

export const HOST = '127.0.0.1';

/** How far above the first port to look before giving up. */
const REACH = 200;

/**
 * The first port >= `first` that is free and not in `taken`; 0 means any free port.
 * The answer may be outdated at once (another process can take it), so who binds it must be ready to ask again.
 */
export async function freePort(
  first: number,
  taken: ReadonlySet<number> = new Set(),
  isFree: (port: number) => Promise<boolean> = portIsFree,
): Promise<number> {
  if (first === 0) return anyFreePort();
  const last = Math.min(first + REACH, 65_535);
  for (let port = first; port <= last; port++) {
    if (!taken.has(port) && (await isFree(port))) return port;
  }
  throw new Error(`no free port between ${first} and ${last} on ${HOST}`);
}

/** True when nothing answers on the port and it can be bound. */
export async function portIsFree(port: number): Promise<boolean> {
  // macOS lets 127.0.0.1 be bound beside a listener on all addresses, so binding alone proves nothing.
  return !(await portAnswers(port)) && (await canBind(port));
}

/** True when something accepts connections on the port. Unlike portIsFree it never gets in a server's way. */
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
