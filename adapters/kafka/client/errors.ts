/** What the errors of Kafka and of kafkajs mean (rule 19). */
import {
  type Classifier,
  connectionLost,
  type Diagnosis,
  diagnoser,
  diagnosis,
  type Rule,
} from '../../../pipeline/errors.ts';

const refused = 'Kafka refuses this: check user, password, mechanism and the ACLs of topic and group.';
const settings = 'Kafka does not take this setting: check the options, or ask who runs the cluster.';

/** By error name of Kafka's protocol. What is not here is retried where kafkajs says that it passes by itself. */
export const byKafkaType: { readonly [type: string]: Rule } = {
  TOPIC_AUTHORIZATION_FAILED: ['stop', refused],
  GROUP_AUTHORIZATION_FAILED: ['stop', refused],
  CLUSTER_AUTHORIZATION_FAILED: ['stop', refused],
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: ['stop', refused],
  SASL_AUTHENTICATION_FAILED: ['stop', refused],
  UNSUPPORTED_SASL_MECHANISM: ['stop', refused],
  ILLEGAL_GENERATION: ['retry', 'The consumer group moved on without this member.'],
  UNKNOWN_MEMBER_ID: ['retry', 'The consumer group forgot this member.'],
  REBALANCE_IN_PROGRESS: ['retry', 'The consumer group deals its partitions anew.'],
  NOT_COORDINATOR_FOR_GROUP: ['retry', 'The coordinator of the group moved to another broker.'],
  BROKER_NOT_AVAILABLE: ['retry', 'A broker is away.'],
  UNKNOWN_TOPIC_OR_PARTITION: ['retry', 'Kafka does not know the topic: was it deleted, or is it being made?'],
  INCONSISTENT_GROUP_PROTOCOL: ['stop', 'Other software is in this consumer group: use another --group-id.'],
  GROUP_MAX_SIZE_REACHED: ['stop', 'The group has as many members as the broker allows (group.max.size).'],
  GROUP_SUBSCRIBED_TO_TOPIC: ['stop', 'The group still reads the topic: stop its members first.'],
  INVALID_GROUP_ID: ['stop', settings],
  INVALID_SESSION_TIMEOUT: ['stop', 'The broker allows no session timeout of 10 s: see group.min.session.timeout.ms.'],
  INVALID_TOPIC_EXCEPTION: ['stop', settings],
  INVALID_PARTITIONS: ['stop', settings],
  INVALID_REPLICATION_FACTOR: ['stop', settings],
  INVALID_CONFIG: ['stop', settings],
  POLICY_VIOLATION: ['stop', settings],
  UNSUPPORTED_VERSION: ['stop', 'The broker speaks another version of the protocol than kafkajs 2.2.'],
  UNSUPPORTED_COMPRESSION_TYPE: ['stop', 'The broker does not take this compression.'],
  MESSAGE_TOO_LARGE: ['stop', 'The record exceeds max.message.bytes of the topic: raise it there.'],
  RECORD_LIST_TOO_LARGE: ['stop', 'The request exceeds message.max.bytes of the broker: send smaller batches.'],
};

/** Names of kafkajs's errors for a connection that went away, and its words for it; they carry no code. */
const lostConnection =
  /KafkaJS(?:Connection|RequestTimeout|NumberOfRetriesExceeded|LockTimeout|BrokerNotFound|NoBroker|GroupCoordinatorNotFound)|connection closed|closed the connection|timeout exceeded/i;

/** The name of an error of Kafka's protocol. */
const typeOf = (error: object): string | undefined =>
  'type' in error && typeof error.type === 'string' ? error.type : undefined;

function byCode(error: object): Diagnosis | undefined {
  const type = typeOf(error);
  const rule = type === undefined ? undefined : byKafkaType[type];
  return rule && diagnosis(rule, type ?? '');
}

/** kafkajs marks errors of the protocol that pass by themselves; its own errors are so marked unless it knows better. */
const isRetriable = (error: object): boolean =>
  typeOf(error) !== undefined && 'retriable' in error && error.retriable === true;

function byMessage(error: object): Diagnosis | undefined {
  const { name, message } = error as Partial<Error>;
  return lostConnection.test(`${name} ${message}`) || isRetriable(error) ? connectionLost : undefined;
}

/** Knows the errors of Kafka. */
export const kafkaErrors: Classifier = { byCode, byMessage };

/** What an error means where only Kafka is asked. */
export const diagnose = diagnoser(kafkaErrors);
