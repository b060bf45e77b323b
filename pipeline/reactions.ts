/**
 * The table behind `diagnose`: what each error of PostgreSQL, the system and Kafka calls for (rule 19). An outage is
 * never a bad record, and what waiting cannot cure is not waited for.
 */

/** What to do about an error: set the record aside, try again, or stop and tell a person. */
export type Reaction = 'park' | 'retry' | 'stop';

/** What to do, and what a person can do. */
export type Rule = readonly [reaction: Reaction, advice: string];

/** By SQLSTATE, the whole code before its class. Source: PostgreSQL's appendix of error codes. */
export const bySqlState: { readonly [code: string]: Rule } = {
  '08': ['retry', 'The connection to PostgreSQL was lost.'],
  '22': ['park', 'The value does not fit the column; correct it in sluice.dead_letter or widen the column.'],
  '23': ['park', 'A constraint of the table refuses the row; correct the row or the constraint.'],
  '25006': ['retry', 'The server is read-only, a standby perhaps; connect to the primary.'],
  '25P03': ['retry', 'The session idled too long inside a transaction.'],
  '28': ['stop', 'PostgreSQL refuses this user or password: check both.'],
  '3D000': ['stop', 'This database does not exist: check its name, or create it.'],
  '40': ['retry', 'Transactions collided.'],
  '42501': ['stop', 'The user lacks a privilege: grant it, or use the owner of the tables.'],
  '42': [
    'stop',
    'The tables are not as expected: was the schema changed by hand? `npx sluice doctor` lists what differs.',
  ],
  '53': ['retry', 'The server is short of disk, memory or connections.'],
  '54000': [
    'park',
    'The row exceeds a limit of PostgreSQL, such as the size of an index entry; shorten it or drop that index.',
  ],
  '55': ['retry', 'A lock was not to be had in time.'],
  '57014': [
    'retry',
    'A statement took longer than allowed, or was cancelled; if that repeats, lower --max-records or look for a missing index.',
  ],
  '57': ['retry', 'The server was stopped, is starting, or ended the statement.'],
  '58': ['retry', 'The server met an error of its disk or system.'],
};

/** By error code of Node. */
export const bySystemCode: { readonly [code: string]: Rule } = {
  ECONNREFUSED: ['retry', 'Nothing listens there: is the server up, and is the address right?'],
  ECONNRESET: ['retry', 'The connection broke.'],
  EPIPE: ['retry', 'The connection broke.'],
  ETIMEDOUT: ['retry', 'The server did not answer in time: is the address right?'],
  EHOSTUNREACH: ['retry', 'The host is out of reach: is the address right?'],
  ENETUNREACH: ['retry', 'The network is out of reach.'],
  ENOTFOUND: ['retry', 'The host name is unknown: check its spelling.'],
  EAI_AGAIN: ['retry', 'The host name could not be looked up.'],
  EADDRNOTAVAIL: ['retry', 'No local port was free.'],
  ENOENT: ['stop', 'There is no such file.'],
  EACCES: ['stop', 'The file may not be read by this user.'],
  EISDIR: ['stop', 'That is a folder, not a file.'],
};

/** A server takes its socket away when it stops. */
export const noSocket: Rule = ['retry', 'No server has its socket there: is it up, and is that its folder and port?'];

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
