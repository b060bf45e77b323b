/** The reactions to errors of the operating system, as Node reports them (rule 19). */
import type { Rule } from './errors.ts';

/** Rules by Node's error code. */
export const bySystemCode: { readonly [code: string]: Rule } = {
  ECONNREFUSED: ['retry', 'Nothing listens there: is the server up, and is the address right?', 'connection'],
  ECONNRESET: ['retry', 'The connection broke.', 'connection'],
  EPIPE: ['retry', 'The connection broke.', 'connection'],
  ETIMEDOUT: ['retry', 'The server did not answer in time: is the address right?', 'connection'],
  EHOSTUNREACH: ['retry', 'The host is out of reach: is the address right?', 'connection'],
  ENETUNREACH: ['retry', 'The network is out of reach.', 'connection'],
  ENOTFOUND: ['retry', 'The host name is unknown: check its spelling.', 'connection'],
  EAI_AGAIN: ['retry', 'The host name could not be looked up.', 'connection'],
  EADDRNOTAVAIL: ['retry', 'No local port was free.', 'connection'],
  ENOENT: ['stop', 'There is no such file.'],
  EACCES: ['stop', 'The file may not be read by this user.'],
  EISDIR: ['stop', 'That is a folder, not a file.'],
};

/** The rule for a missing Unix socket: a server removes its socket when it stops. */
export const noSocket: Rule = [
  'retry',
  'No server has its socket there: is it up, and is that its folder and port?',
  'connection',
];
