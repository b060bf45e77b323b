/** A TCP proxy whose server can stop reading, as one with a slow disk does. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type SlowProxy = AsyncDisposable & {
  readonly port: number;
  /** Bytes that clients have sent. */
  readonly sent: () => number;
  /** From so many bytes on, nothing more is read from the clients until `resume`. */
  readonly pauseAt: (bytes: number) => void;
  readonly resume: () => void;
};

/** Listens on a free port, and forwards everything to `host:port`. */
export async function slowProxy(host: string, port: number): Promise<SlowProxy> {
  let sent = 0;
  let limit = Number.POSITIVE_INFINITY;
  const open = new Set<Socket>();
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(port, host);
    clients.add(client);
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => open.delete(socket));
    }
    upstream.pipe(client);
    client.on('data', (data) => {
      sent += data.length;
      if (sent >= limit) for (const one of clients) one.pause();
      upstream.write(data);
    });
    client.on('close', () => {
      clients.delete(client);
      upstream.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    sent: () => sent,
    pauseAt: (bytes) => {
      limit = bytes;
    },
    resume: () => {
      limit = Number.POSITIVE_INFINITY;
      for (const one of clients) one.resume();
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
