/** Names of earlier versions: they go on working, and one line says what is used instead. */
import { type Option, type Setting, UsageError } from '../options/option.ts';
import { type OptionName, options, type Values } from '../options/options.ts';
import type { Context } from '../program/verb.ts';
import { isAddress } from './endpoint.ts';

/**
 * `--target-db NAME` was the database of a replica, without its server: such a word becomes that. Throws UsageError where
 * the verb never took it.
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

/** The line for a setting that has an old name; undefined for a present one. */
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
 * Says which old names set an option, where a log of level info would be read: not beside JSON for machines. Variables as
 * `stack env` exports them are not named.
 */
export async function sayFormerNames(
  settings: Readonly<Record<string, Setting>>,
  values: Partial<Values<'json' | 'logLevel' | 'logFormat'>>,
  { tell, env }: Pick<Context, 'tell' | 'env'>,
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
    tell(isJson ? JSON.stringify({ level: 'info', time: new Date().toISOString(), msg: line }) : line);
  }
}

async function exportedByStack(): Promise<Readonly<Record<string, string>>> {
  const { DEFAULT_DIR, readStack, stackEnv } = await import('../../stack/stack.ts');
  try {
    const state = readStack(DEFAULT_DIR);
    return state === undefined ? {} : stackEnv(state);
  } catch {
    // `doctor` tells of a stack file that cannot be read.
    return {};
  }
}
