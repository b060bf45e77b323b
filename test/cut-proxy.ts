/** A TCP proxy before PostgreSQL that can cut a connection at a chosen message: a network that fails at the worst moment. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** When the next connection that sends `text` is cut: before the server has it, or after it has answered. */
export type Cut = { readonly text: string; readonly when: 'before' | 'after' };

export type CutProxy = AsyncDisposable & {
  readonly port: number;
  /** Cuts once. */
  readonly cutAt: (cut: Cut) => void;
  /** How many connections were cut. */
  readonly cuts: () => number;
};

/** Listens on a free port and passes everything on to `host:port`. */
export async function cutProxy(host: string, port: number): Promise<CutProxy> {
  let armed: Cut | undefined;
  let cuts = 0;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(port, host);
    let cutAtAnswer = false;
    const cut = () => {
      cuts += 1;
      client.destroy();
      upstream.destroy();
    };
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        open.delete(socket);
        other.destroy();
      });
    }
    client.on('data', (data) => {
      if (armed && data.includes(armed.text)) {
        const { when } = armed;
        armed = undefined;
        if (when === 'before') return cut();
        cutAtAnswer = true;
      }
      upstream.write(data);
    });
    upstream.on('data', (data) => (cutAtAnswer ? cut() : client.write(data)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    cutAt: (cut) => {
      armed = cut;
    },
    cuts: () => cuts,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
