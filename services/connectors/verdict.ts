/** Summarises the state of a connector and its tasks. */
import type { ConnectorStatus } from '../../adapters/kafka-connect/client.ts';
import { causeOf } from '../../adapters/kafka-connect/faults.ts';

/** Returns the state in a word or a sentence. A paused or stopped connector counts as working: a person did that on purpose. */
export function verdict({ connector, tasks }: ConnectorStatus): { health: string; works: boolean } {
  const parts = [connector, ...tasks];
  const failed = parts.find(({ state }) => state === 'FAILED');
  if (failed) return { health: `failed: ${causeOf(failed.trace ?? '') || 'no reason given'}`, works: false };
  if (connector.state === 'STOPPED') return { health: 'stopped', works: true };
  if (parts.some(({ state }) => state === 'PAUSED')) return { health: 'paused', works: true };
  if (tasks.length === 0) return { health: 'has no task yet', works: false };
  const waiting = parts.find(({ state }) => state !== 'RUNNING');
  return waiting ? { health: waiting.state.toLowerCase(), works: false } : { health: 'running', works: true };
}

/** Returns the health as the rest of a sentence about the connector: `is paused`, `failed: …`. */
export const describeHealth = (health: string): string => (/^(failed|has )/.test(health) ? health : `is ${health}`);
