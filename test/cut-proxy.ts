/** A TCP proxy that simulates network failures: it cuts at a chosen message, refuses, resets, or swallows everything. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Cuts the next connection that sends `text`: before the server receives it, or after the server has answered. */
export type Cut = { readonly text: string; readonly when: 'before' | 'after' };

export type CutProxy = AsyncDisposable & {
  readonly port: number;
  /** Arms one cut. */
  readonly cutAt: (cut: Cut) => void;
  /** Number of connections that were cut. */
  readonly cuts: () => number;
  /** Number of connections opened since the start. */
  readonly opened: () => number;
  /** Resets open connections; new ones are served. */
  readonly reset: () => void;
  /** Resets open connections and refuses new ones, until `serve`. */
  readonly refuse: () => void;
  /**
   * Swallows everything: no byte, no end and no reset passes in either direction, and new connections are accepted but lead nowhere.
   * After `serve` new connections work; the others stay silent for ever.
   */
  readonly stall: () => void;
  readonly serve: () => Promise<void>;
};

/** Listens on `listenPort`, by default any free one, and forwards everything to `host:port`. */
export async function cutProxy(host: string, port: number, listenPort = 0): Promise<CutProxy> {
  let armed: Cut | undefined;
  let cuts = 0;
  let opened = 0;
  let swallowing = false;
  const open = new Set<Socket>();
  const silent = new Set<Socket>();
  const server = createServer((client) => {
    opened += 1;
    keep(client);
    if (swallowing) silence(client);
    else passOn(client);
  });

  const keep = (socket: Socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => open.delete(socket));
  };
  /** Reads arriving data, as a kernel would, and drops it. */
  const silence = (socket: Socket) => {
    silent.add(socket);
    socket.resume();
  };
  const passOn = (client: Socket) => {
    const upstream = connect(port, host);
    keep(upstream);
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
      socket.on('close', () => {
        if (!silent.has(other)) other.destroy();
      });
    }
    client.on('data', (data) => {
      if (silent.has(client)) return;
      if (armed && data.includes(armed.text)) {
        const { when } = armed;
        armed = undefined;
        if (when === 'before') return cut();
        cutAtAnswer = true;
      }
      upstream.write(data);
    });
    upstream.on('data', (data) => {
      if (silent.has(upstream)) return;
      if (cutAtAnswer) cut();
      else client.write(data);
    });
  };
  const breakAll = () => {
    for (const socket of open) if (!silent.has(socket)) socket.resetAndDestroy();
  };

  server.listen(listenPort, '127.0.0.1');
  await once(server, 'listening');
  const { port: ownPort } = server.address() as AddressInfo;
  return {
    port: ownPort,
    cutAt: (cut) => {
      armed = cut;
    },
    cuts: () => cuts,
    opened: () => opened,
    reset: breakAll,
    refuse: () => {
      server.close();
      breakAll();
    },
    stall: () => {
      swallowing = true;
      for (const socket of open) silence(socket);
    },
    serve: async () => {
      swallowing = false;
      if (server.listening) return;
      server.listen(ownPort, '127.0.0.1');
      await once(server, 'listening');
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
}
