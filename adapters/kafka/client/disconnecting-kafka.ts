/**
 * A Kafka client that closes a connection once a request on it has timed out, as Java's client does. kafkajs fails the
 * request but keeps the connection and retries on it. On a network that drops packets this lasts for 15 minutes, until
 * the kernel reports the connection as broken. The next request after a close opens a new connection.
 */
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Admin, type Consumer, type ISocketFactory, Kafka, type KafkaConfig, type Producer } from 'kafkajs';

/** Milliseconds without traffic after which TCP probes the peer. */
const keepAliveDelayMs = 10_000;

/** A `Kafka` whose clients close the connection to a broker after a request timeout. */
export class DisconnectingKafka extends Kafka {
  readonly #open: OpenSockets;
  /** `Kafka at host:port`, for messages. */
  readonly address: string;

  constructor(config: KafkaConfig) {
    const open = new OpenSockets();
    super({ ...config, socketFactory: open.socketFactory });
    this.#open = open;
    this.address = `Kafka at ${Array.isArray(config.brokers) ? config.brokers.join(', ') : 'its brokers'}`;
  }

  override admin(...args: Parameters<Kafka['admin']>): Admin {
    const admin = super.admin(...args);
    admin.on(admin.events.REQUEST_TIMEOUT, ({ payload }) => this.#open.close(payload.broker));
    return admin;
  }

  override consumer(...args: Parameters<Kafka['consumer']>): Consumer {
    const consumer = super.consumer(...args);
    consumer.on(consumer.events.REQUEST_TIMEOUT, ({ payload }) => this.#open.close(payload.broker));
    return consumer;
  }

  override producer(...args: Parameters<Kafka['producer']>): Producer {
    const producer = super.producer(...args);
    producer.on(producer.events.REQUEST_TIMEOUT, ({ payload }) => this.#open.close(payload.broker));
    return producer;
  }
}

/** `Kafka at host:port` for messages; `Kafka` where the client does not know its address. */
export const addressOf = (kafka: Kafka): string => (kafka instanceof DisconnectingKafka ? kafka.address : 'Kafka');

/** The open connections of each broker, by `host:port`. */
class OpenSockets {
  readonly #sockets = new Map<string, Set<Socket>>();

  /** Connects as kafkajs's own factory does, and records the connection. */
  readonly socketFactory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    const serverName = isIP(host) ? {} : { servername: host };
    const socket = ssl
      ? connectTls({ host, port, ...serverName, ...ssl }, onConnect)
      : connect({ host, port }, onConnect);
    socket.setKeepAlive(true, keepAliveDelayMs);
    const broker = `${host}:${port}`;
    const open = this.#sockets.get(broker) ?? new Set();
    this.#sockets.set(broker, open.add(socket));
    socket.once('close', () => open.delete(socket));
    return socket;
  };

  /** Destroys all connections to a broker. */
  close(broker: string): void {
    for (const socket of this.#sockets.get(broker) ?? [])
      socket.destroy(new Error('a request was not answered in time'));
  }
}
