/** Option names of earlier versions. They still work, and a message names the present option. */
import { type Option, type Setting, UsageError } from '../options/option.ts';
import { type OptionName, options, type Values } from '../options/options.ts';
import type { Context } from '../program/verb.ts';
import { isAddress } from './endpoint.ts';

/**
 * Converts the former `--target-db NAME`, which named only the database of a replica, to `--target-name`. Throws UsageError
 * for a verb that never had this form (`tookName` is false).
 */
export function renameFlags<T extends string | boolean | undefined>(
  flags: { readonly [flag: string]: T },
  tookName: boolean,
): { readonly [flag: string]: T } {
  const { 'target-db': name, ...others } = flags;
  if (typeof name !== 'string' || isAddress(name)) return flags;
  if (!tookName) throw new UsageError('--target-db: expected postgresql://user:password@host:port/database');
  return { ...others, 'target-name': name };
}

/** Returns the message about a setting with an old name; undefined for a present name. */
export function formerName({ former, replacedBy, flag, env = [] }: Option, setting: Setting): string | undefined {
  const { origin, place, text } = setting;
  const old = (name: string) => `${place} is an old name: use ${name}`;
  if (origin === 'flag') {
    if (flag === 'target-name') return `--target-db takes a URL: use --target-db postgresql://…/${text}`;
    if (replacedBy !== undefined) return old(`--${replacedBy.flag} with a URL`);
    return former?.flags?.includes(place.slice(2)) ? old(`--${flag}`) : undefined;
  }
  if (origin === 'file') return undefined;
  if (replacedBy?.env !== undefined) return old(replacedBy.env);
  return former?.env?.includes(place) ? old(env[0] ?? `--${flag}`) : undefined;
}

/**
 * Reports each old name that set an option. Silent with `--json` output or a log level above info, and for variables that
 * hold the value of `stack env`.
 */
export async function reportFormerNames(
  settings: Readonly<Record<string, Setting>>,
  values: Partial<Values<'json' | 'logLevel' | 'logFormat'>>,
  { printError, env }: Pick<Context, 'printError' | 'env'>,
): Promise<void> {
  const level = values.logLevel ?? env.SLUICE_LOG_LEVEL ?? 'info';
  if (values.json || !['debug', 'info'].includes(level)) return;
  const found = Object.entries(settings).flatMap(([name, setting]) => {
    const line = formerName(options[name as OptionName], setting);
    return line === undefined ? [] : [{ setting, line }];
  });
  if (found.length === 0) return;
  const exported = await exportedByStack();
  const isJson =
    values.logLevel !== undefined && (values.logFormat ?? (process.stderr.isTTY ? 'pretty' : 'json')) === 'json';
  for (const { setting, line } of found) {
    if (setting.origin === 'environment' && exported[setting.place] === setting.text) continue;
    printError(isJson ? JSON.stringify({ level: 'info', time: new Date().toISOString(), msg: line }) : line);
  }
}

async function exportedByStack(): Promise<Readonly<Record<string, string>>> {
  const { DEFAULT_DIR, readStack, stackEnv } = await import('../../stack/stack.ts');
  try {
    const state = readStack(DEFAULT_DIR);
    return state === undefined ? {} : stackEnv(state);
  } catch {
    // `doctor` reports an unreadable stack file.
    return {};
  }
}
