/** The folder of `.pgpass`, `.pg_service.conf` and `.postgresql`. */
import { homedir } from 'node:os';

export const homeOf = (env: NodeJS.ProcessEnv): string => env.HOME || homedir();
