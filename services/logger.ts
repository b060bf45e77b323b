/** The log: pino, as JSON lines for machines and readable on a terminal. It goes to standard error, data to standard output. */
import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

/** How to log. */
export type LogConfig = {
  readonly level: pino.LevelWithSilent;
  readonly format: 'pretty' | 'json';
  /** Changes a line before it is written. */
  readonly rewrite?: (line: string) => string;
};

/** Writes at once, so that nothing is lost when the process ends. */
export function createLogger({ level, format, rewrite = (line) => line }: LogConfig): Logger {
  const destination =
    format === 'pretty'
      ? pretty({
          destination: 2,
          sync: true,
          colorize: process.stderr.isTTY === true && process.env.NO_COLOR === undefined,
          singleLine: true,
          translateTime: 'HH:MM:ss',
        })
      : pino.destination({ fd: 2, sync: true });
  const write = (line: string) => void destination.write(rewrite(line));
  const formatters = { level: (label: string) => ({ level: label }) };
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters }, { write });
}
