/** Stops a server whose record was deleted while it ran. It still uses the port and the data. */
import { findByCommand, type StopPlan, stopProcess } from './process.ts';

export type Leftover = {
  /** Recognises our own server by its command line, and no other process. */
  readonly isIt: (commandLine: string) => boolean;
  /** Its name in messages. */
  readonly server: string;
  readonly plan: StopPlan;
  readonly report: (line: string) => void;
};

/** Stops the process that `isIt` recognises, and reports it. Does nothing when there is none. */
export async function stopLeftover({ isIt, server, plan, report }: Leftover): Promise<void> {
  const found = findByCommand(isIt);
  if (found === undefined) return;
  report(`${server}: ending process ${found.pid}, left over on the same data`);
  await stopProcess(found, plan);
}
