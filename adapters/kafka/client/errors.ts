/** Classifies the errors of Kafka and of kafkajs: retry or stop, with advice (rule 19). */
import {
  type Classifier,
  connectionLost,
  type Diagnosis,
  diagnoser,
  diagnosis,
  type Rule,
} from '../../../pipeline/errors.ts';

const refused = 'Kafka refuses this: check user, password, mechanism and the ACLs of topic and group.';
const settings = 'Kafka rejects this setting: check the options, or ask the operator of the cluster.';

/** By error name of Kafka's protocol. Other errors are retried when kafkajs marks them as retriable. */
export const byKafkaType: { readonly [type: string]: Rule } = {
  TOPIC_AUTHORIZATION_FAILED: ['stop', refused],
  GROUP_AUTHORIZATION_FAILED: ['stop', refused],
  CLUSTER_AUTHORIZATION_FAILED: ['stop', refused],
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: ['stop', refused],
  SASL_AUTHENTICATION_FAILED: ['stop', refused],
  UNSUPPORTED_SASL_MECHANISM: ['stop', refused],
  ILLEGAL_GENERATION: ['retry', 'The consumer group has a newer generation than this member.'],
  UNKNOWN_MEMBER_ID: ['retry', 'The consumer group no longer knows this member.'],
  REBALANCE_IN_PROGRESS: ['retry', 'The consumer group is rebalancing.'],
  NOT_COORDINATOR_FOR_GROUP: ['retry', 'The coordinator of the group moved to another broker.'],
  BROKER_NOT_AVAILABLE: ['retry', 'A broker is unavailable.'],
  UNKNOWN_TOPIC_OR_PARTITION: ['retry', 'Kafka does not know the topic: was it deleted, or is it being created?'],
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
  UNSUPPORTED_COMPRESSION_TYPE: ['stop', 'The broker does not support this compression.'],
  MESSAGE_TOO_LARGE: ['stop', 'The record exceeds max.message.bytes of the topic: raise it there.'],
  RECORD_LIST_TOO_LARGE: ['stop', 'The request exceeds message.max.bytes of the broker: send smaller batches.'],
};

/** Names and messages of kafkajs's errors for a lost connection. These errors have no code. */
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

/** Only the mark on protocol errors counts: kafkajs marks nearly all of its own errors as retriable. */
const isRetriable = (error: object): boolean =>
  typeOf(error) !== undefined && 'retriable' in error && error.retriable === true;

function byMessage(error: object): Diagnosis | undefined {
  const { name, message } = error as Partial<Error>;
  return lostConnection.test(`${name} ${message}`) || isRetriable(error) ? connectionLost : undefined;
}

/** Classifier of Kafka's errors, to be combined with others. */
export const kafkaErrors: Classifier = { byCode, byMessage };

/** Diagnoses an error of an operation that involves only Kafka. */
export const diagnose = diagnoser(kafkaErrors);
