/** `sluice stack logs`: prints the last lines of the servers' logs, and with `--follow` also new lines. */

import { DEFAULT_DIR, followLog, lastLines, logFile } from '../../stack/stack.ts';
import { exitCodes } from '../output/exit-codes.ts';
import { verb } from '../program/verb.ts';
import { serverArgument, serversNamed } from './which.ts';

export const logs = verb({
  name: 'logs',
  summary: 'show the logs of the servers',
  args: [serverArgument],
  options: ['follow', 'lines'],
  onStop: 'serves',
  examples: ['npx sluice stack logs kafka', 'npx sluice stack logs postgres --lines 200', 'npx sluice stack logs -f'],
  async run({ follow, lines: count }, { print, printError, stop, args }) {
    const servers = serversNamed(args[0]);
    const read = await Promise.all(
      servers.map(async (key) => ({
        key,
        file: logFile(DEFAULT_DIR, key),
        ...(await lastLines(logFile(DEFAULT_DIR, key), count)),
      })),
    );
    const available = read.filter(
      ({ next, key }) => next > 0 || (follow && servers.length === 1 && key === servers[0]),
    );
    if (available.length === 0) {
      printError('there is no log yet; `npx sluice stack up` starts the servers');
      return exitCodes.failure;
    }
    const width = Math.max(...available.map(({ key }) => key.length));
    const printer = (key: string) => (line: string) =>
      print(servers.length === 1 ? line : `${key.padEnd(width)} | ${line}`);
    for (const { key, lines } of available) lines.forEach(printer(key));
    if (follow) await Promise.all(available.map(({ key, file, next }) => followLog(file, next, printer(key), stop)));
    return exitCodes.done;
  },
});
