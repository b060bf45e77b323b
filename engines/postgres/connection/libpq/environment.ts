/** All PG* variables of libpq. */
import { AddressError } from './address-error.ts';
import { keywords, type Settings, whyRefused } from './keywords.ts';

/** Variables that select the server. */
const serverVariables = ['PGHOST', 'PGHOSTADDR', 'PGPORT', 'PGSERVICE'];

/** True when the variables name a server. */
export const namesServer = (env: NodeJS.ProcessEnv): boolean => serverVariables.some((name) => Boolean(env[name]));

/** The variables that are set, by name. */
export const variablesSet = (env: NodeJS.ProcessEnv): string[] =>
  Object.values(keywords).flatMap((one) => (one.env !== undefined && env[one.env] ? [one.env] : []));

/** The settings of all variables. Throws `AddressError` for one that Sluice cannot honour. */
export function settingsOf(env: NodeJS.ProcessEnv): Settings {
  const settings: Record<string, string> = {};
  for (const [keyword, { env: name }] of Object.entries(keywords)) {
    const value = name === undefined ? undefined : env[name];
    if (value) settings[keyword] = value;
  }
  const refused = whyRefused(settings, (keyword) => keywords[keyword]?.env ?? keyword);
  if (refused !== undefined) throw new AddressError(`${refused}; unset it for this command`);
  return settings;
}
