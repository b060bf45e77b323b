/** Creates the pino logger. It writes to standard error, because standard output is for data. */
import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

/** Settings of the log. */
export type LogConfig = {
  readonly level: pino.LevelWithSilent;
  readonly format: 'pretty' | 'json';
  /** Rewrites each line before it is written. */
  readonly rewrite?: (line: string) => string;
};

/** Creates a logger that writes synchronously, so that no line is lost when the process exits. */
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
