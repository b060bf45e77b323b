/** Creates the logger of a command from the options of the user. */
import type { Logger } from 'pino';
import { createLogger as createPlainLogger } from '../../services/logger.ts';
import type { Values } from '../options/options.ts';
import { asTyped, typed } from '../program/typed-command.ts';

/** Creates a logger, by default pretty on a terminal and JSON elsewhere. Messages name commands as the user typed them. */
export function createLogger({ logLevel, logFormat }: Values<'logLevel' | 'logFormat'>): Logger {
  const format = logFormat ?? (process.stderr.isTTY ? 'pretty' : 'json');
  return createPlainLogger({ level: logLevel, format, rewrite: asTyped(typed()) });
}
