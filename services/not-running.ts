/** Refuses to move or remove checkpoints while the pipeline runs: a running process continues from its own positions. */
import type { Admin } from 'kafkajs';
import { groupMembers } from '../adapters/kafka/lag/lag.ts';
import type { Bookkeeping } from '../engines/bookkeeping.ts';
import { PipelineError } from '../pipeline/errors.ts';

/** Throws `pipeline_running` if the consumer group has members, or a session of the pipeline is connected to the database. */
export async function requireNotRunning(
  pipeline: string,
  { admin: stored }: Bookkeeping,
  admin?: Admin,
): Promise<void> {
  const members = admin === undefined ? 0 : await groupMembers(admin, pipeline);
  if (members > 0)
    throw pipelineRunning(
      pipeline,
      `${members === 1 ? '1 process is' : `${members} processes are`} in its consumer group`,
    );
  const sessions = await stored.writers(pipeline);
  if (sessions.length > 0)
    throw pipelineRunning(pipeline, `it is connected to the database (session ${sessions.join(', ')})`);
}

const pipelineRunning = (pipeline: string, how: string): PipelineError =>
  new PipelineError('pipeline_running', `pipeline ${pipeline} is running: ${how}`, {
    advice:
      'Stop it first: Ctrl-C where it runs, or SIGTERM to its process (`docker compose stop`, `kill`). ' +
      'A killed process leaves its group after 10 s.',
  });
