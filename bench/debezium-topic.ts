/** A topic with the events of `debezium-events.ts`. */

import { Kafka, logLevel } from 'kafkajs';
import { ensureTopic } from '../adapters/kafka/topics/topic.ts';
import { customersTopic, debeziumEvents, type EventOptions, type Outcome } from './debezium-events.ts';
import { print } from './servers.ts';

/** The filled topic: its records, the bytes of their values, and the rows after all events. */
export type FilledTopic = { readonly records: number; readonly bytes: number; readonly outcome: Outcome };

/** Characters after which messages are sent. */
const batchLength = 512 * 1024;

/** Creates and fills the topic. */
export async function fillDebeziumTopic(
  brokers: string,
  partitions: number,
  options: EventOptions,
): Promise<FilledTopic> {
  const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await ensureTopic(admin, customersTopic, { partitions });
  await admin.disconnect();
  const producer = kafka.producer();
  await producer.connect();
  let messages: { key: string; value: string | null }[] = [];
  let size = 0;
  let bytes = 0;
  let records = 0;
  const send = async () => {
    await producer.send({ topic: customersTopic, messages });
    messages = [];
    size = 0;
  };
  const events = debeziumEvents(options);
  let next = events.next();
  for (; !next.done; next = events.next()) {
    const message = next.value;
    messages.push(message);
    size += message.value?.length ?? 0;
    bytes += message.value?.length ?? 0;
    records += 1;
    if (size > batchLength) await send();
  }
  await send();
  await producer.disconnect();
  print(
    `filled the topic: ${options.count} events and their tombstones, ${Math.round(bytes / options.count)} bytes each`,
  );
  return { records, bytes, outcome: next.value };
}
