/** Names the flag or variable of an option in messages. */
import type { Option, Origin } from './option.ts';

/** Returns the flag or variable that set the option; if none did, the one to set it with, such as `POSTGRES_PASSWORD`. */
export function flagOrVariable(option: Option, origin: Origin | undefined, env: NodeJS.ProcessEnv): string {
  const [preferred] = option.env ?? [];
  if (origin === 'flag' || preferred === undefined) return `--${option.flag}`;
  if (origin === 'file') return `the configuration file (${option.flag})`;
  if (origin !== 'environment') return preferred;
  return [...(option.env ?? []), ...(option.former?.env ?? [])].find((name) => env[name]) ?? preferred;
}
