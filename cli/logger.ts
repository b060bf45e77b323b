/** The log: pino, as JSON lines for machines and readable on a terminal. It goes to standard error, data to standard output. */
import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import type { Values } from './options.ts';
import { asTyped, typed } from './typed-command.ts';

/** A logger after the user's wishes. Writes at once, so that nothing is lost when the process ends. */
export function createLogger({ logLevel, logFormat }: Values<'logLevel' | 'logFormat'>): Logger {
  const readable = (logFormat ?? (process.stderr.isTTY ? 'pretty' : 'json')) === 'pretty';
  const destination = readable
    ? pretty({
        destination: 2,
        sync: true,
        colorize: process.stderr.isTTY === true && process.env.NO_COLOR === undefined,
        singleLine: true,
        translateTime: 'HH:MM:ss',
      })
    : pino.destination({ fd: 2, sync: true });
  const worded = asTyped(typed());
  const write = (line: string) => void destination.write(worded(line));
  const formatters = { level: (label: string) => ({ level: label }) };
  return pino({ level: logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters }, { write });
}
