/** `sluice stack restart`: restarts one server, or all running ones, with the same data and port. */

import { DEFAULT_DIR, readStack, type StackServers, stackDown, stackUp } from '../../stack/stack.ts';
import { exitCodes } from '../output/exit-codes.ts';
import { verb } from '../program/verb.ts';
import { serverArgument, serversNamed } from './which.ts';

export const restart = verb({
  name: 'restart',
  summary: 'restart servers with the same data',
  args: [serverArgument],
  options: [],
  onStop: 'drains',
  stoppedAdvice: 'Servers may be stopped: `npx sluice stack status` shows what runs.',
  examples: ['npx sluice stack restart', 'npx sluice stack restart postgres'],
  async run(_, { printError, stop, args }) {
    const named = serversNamed(args[0]);
    const running = Object.keys(readStack(DEFAULT_DIR) ?? {}).filter((key) => key !== 'dir') as (keyof StackServers)[];
    await stackDown(DEFAULT_DIR, printError, named);
    // `stackUp` leaves running servers alone, and starts only servers that ran before or were named.
    const wanted = new Set<keyof StackServers>(args[0] === undefined ? running : [...running, ...named]);
    const none = wanted.size === 0;
    await stackUp({
      report: printError,
      signal: stop,
      kafka: none || wanted.has('kafka'),
      postgres: none || wanted.has('postgres'),
      connect: wanted.has('connect') || wanted.has('source'),
      mariadb: wanted.has('mariadb'),
    });
    return exitCodes.done;
  },
});
