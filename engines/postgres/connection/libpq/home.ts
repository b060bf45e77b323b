/** Where a user keeps `.pgpass`, `.pg_service.conf` and the folder `.postgresql`. */
import { homedir } from 'node:os';

export const homeOf = (env: NodeJS.ProcessEnv): string => env.HOME || homedir();
