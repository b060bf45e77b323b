/** Checks the two default ports of the local stack. */

import { portHolder } from '../../stack/processes/port-holder.ts';
import { portIsFree } from '../../stack/processes/ports.ts';
import { type Finding, fault, note, ok } from './finding.ts';

/** A server and its port in the local stack. */
export type WantedPort = {
  readonly server: 'Kafka' | 'PostgreSQL';
  readonly port: number;
  /** The stack's own process, if it runs. */
  readonly own: { readonly port: number; readonly pid: number } | undefined;
  /** True if commands use a server on this port of this machine. */
  readonly used: boolean;
  /** False if an option names another server, so that the stack does not need the port. */
  readonly needed: boolean;
};

/** Checks whether the port is free or held by the expected server. */
export async function checkPort({ server, port, own, used, needed }: WantedPort): Promise<Finding> {
  const check = `port ${port}`;
  if (own?.port === port) return ok(check, `held by the ${server} of the local stack (pid ${own.pid})`);
  if (used) return ok(check, `held by the ${server} in use`);
  if (await portIsFree(port)) return ok(check, `free for a local ${server}`);
  const holder = await portHolder(port);
  const by = holder === undefined ? 'another process' : `${holder.name} (pid ${holder.pid})`;
  if (own !== undefined) return note(check, `taken by ${by}; the local ${server} is on ${own.port} instead`);
  if (!needed) return note(check, `taken by ${by}; not needed: ${server} runs elsewhere`);
  const stop = holder === undefined ? `ss -ltnp 'sport = :${port}' shows the process` : `end it: kill ${holder.pid}`;
  const sentence = `taken by ${by}, which is not the ${server} of the local stack`;
  return fault(check, sentence, `npx sluice stack up   (takes the next free port and says which), or ${stop}`);
}
