/** The two ports the local stack would like to have. */

import { portHolder } from '../../stack/processes/port-holder.ts';
import { portIsFree } from '../../stack/processes/ports.ts';
import { type Finding, fault, note, ok } from './finding.ts';

/** A server, where it is, and the port the local stack would give it. */
export type WantedPort = {
  readonly server: 'Kafka' | 'PostgreSQL';
  readonly port: number;
  /** The stack's own process, when that runs. */
  readonly own: { readonly port: number; readonly pid: number } | undefined;
  /** True when the server that commands use answers on this port of this machine. */
  readonly used: boolean;
  /** False when the server was named by flag or environment: then the stack does not need the port. */
  readonly needed: boolean;
};

/** Whether the port is free or held by the right one. Waits for nothing. */
export async function checkPort({ server, port, own, used, needed }: WantedPort): Promise<Finding> {
  const check = `port ${port}`;
  if (own?.port === port) return ok(check, `held by the ${server} of the local stack (pid ${own.pid})`);
  if (used) return ok(check, `held by the ${server} in use`);
  if (await portIsFree(port)) return ok(check, `free for a local ${server}`);
  const holder = await portHolder(port);
  const by = holder === undefined ? 'another process' : `${holder.name} (pid ${holder.pid})`;
  if (own !== undefined) return note(check, `taken by ${by}; the local ${server} is on ${own.port} instead`);
  if (!needed) return note(check, `taken by ${by}; it is not needed, since ${server} is elsewhere`);
  const stop = holder === undefined ? `ss -ltnp 'sport = :${port}' tells who has it` : `end it: kill ${holder.pid}`;
  const sentence = `taken by ${by}, which is not the ${server} of the local stack`;
  return fault(check, sentence, `npx sluice stack up   (takes the next free port and says which), or ${stop}`);
}
