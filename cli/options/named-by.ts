/** Which flag or variable a value came from, or where to set it, as messages name it. */
import type { Option, Origin } from './option.ts';

/** `--postgres-password`, or the variable that set it; that which would set it where nothing did. */
export function placeOf(option: Option, origin: Origin | undefined, env: NodeJS.ProcessEnv): string {
  const [preferred] = option.env ?? [];
  if (origin === 'flag' || preferred === undefined) return `--${option.flag}`;
  if (origin === 'file') return `the configuration file (${option.flag})`;
  if (origin !== 'environment') return preferred;
  return [...(option.env ?? []), ...(option.former?.env ?? [])].find((name) => env[name]) ?? preferred;
}
