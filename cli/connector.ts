/** `sluice connector`: Debezium's connectors in Kafka Connect. */
import { pause, remove, restart, resume } from './connector/control.ts';
import { create } from './connector/create.ts';
import { snapshot } from './connector/snapshot.ts';
import { list, status } from './connector/status.ts';

export const connector = {
  name: 'connector',
  summary: 'capture the changes of a PostgreSQL with Debezium',
  verbs: [create, snapshot, list, status, pause, resume, restart, remove],
};
