/** The log of a command, after the user's wishes. */
import type { Logger } from 'pino';
import { createLogger as createPlainLogger } from '../../services/logger.ts';
import type { Values } from '../options/options.ts';
import { asTyped, typed } from '../program/typed-command.ts';

/** JSON for machines, readable on a terminal where nothing else is asked for; commands are named as the user typed them. */
export function createLogger({ logLevel, logFormat }: Values<'logLevel' | 'logFormat'>): Logger {
  const format = logFormat ?? (process.stderr.isTTY ? 'pretty' : 'json');
  return createPlainLogger({ level: logLevel, format, rewrite: asTyped(typed()) });
}
