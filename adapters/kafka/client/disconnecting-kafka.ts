/**
 * kafkajs gives a request up when its answer is late, but keeps the connection and asks on it again and again: behind a
 * network that swallows packets it would ask for a quarter of an hour, until the kernel gives up. So, as Java's client
 * does, a connection that left a request without an answer is hung up, and the next request opens a new one.
 */
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Admin, type Consumer, type ISocketFactory, Kafka, type KafkaConfig, type Producer } from 'kafkajs';

/** Milliseconds until an idle peer is asked whether it lives. */
const keepAliveAfter = 10_000;

/** A `Kafka` whose clients hang up on brokers that do not answer. */
export class AnsweringKafka extends Kafka {
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
    admin.on(admin.events.REQUEST_TIMEOUT, ({ payload }) => this.#open.hangUp(payload.broker));
    return admin;
  }

  override consumer(...args: Parameters<Kafka['consumer']>): Consumer {
    const consumer = super.consumer(...args);
    consumer.on(consumer.events.REQUEST_TIMEOUT, ({ payload }) => this.#open.hangUp(payload.broker));
    return consumer;
  }

  override producer(...args: Parameters<Kafka['producer']>): Producer {
    const producer = super.producer(...args);
    producer.on(producer.events.REQUEST_TIMEOUT, ({ payload }) => this.#open.hangUp(payload.broker));
    return producer;
  }
}

/** `Kafka at host:port` of a client, for messages. */
export const addressOf = (kafka: Kafka): string => (kafka instanceof AnsweringKafka ? kafka.address : 'Kafka');

/** Connections by broker, as `host:port`. */
class OpenSockets {
  readonly #sockets = new Map<string, Set<Socket>>();

  /** Connects as kafkajs does by itself, and remembers the connection. */
  readonly socketFactory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    const serverName = isIP(host) ? {} : { servername: host };
    const socket = ssl
      ? connectTls({ host, port, ...serverName, ...ssl }, onConnect)
      : connect({ host, port }, onConnect);
    socket.setKeepAlive(true, keepAliveAfter);
    const broker = `${host}:${port}`;
    const open = this.#sockets.get(broker) ?? new Set();
    this.#sockets.set(broker, open.add(socket));
    socket.once('close', () => open.delete(socket));
    return socket;
  };

  hangUp(broker: string): void {
    for (const socket of this.#sockets.get(broker) ?? [])
      socket.destroy(new Error('a request was not answered in time'));
  }
}
