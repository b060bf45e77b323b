/** The topic under which the checkpoints and dead letters of a file or of standard input are stored. */
import { resolve } from 'node:path';

/** Returns `file:` and the absolute path; for standard input (`-`) `stdin:` and the id of the run. */
export const fileTopic = (path: string, runId: string): string =>
  path === '-' ? `stdin:${runId}` : `file:${resolve(path)}`;

/** Whether a topic stands for a file or for standard input. The name of a Kafka topic contains no colon. */
export const isFileTopic = (topic: string): boolean => /^(file|stdin):/.test(topic);
