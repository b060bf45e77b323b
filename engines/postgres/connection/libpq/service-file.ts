/** Named groups of connection parameters, in `pg_service.conf`. Source: PostgreSQL 18, "The Connection Service File". */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AddressError } from './address-error.ts';
import { homeOf } from './home.ts';
import { keywords, type Settings, whyRefused } from './keywords.ts';

/**
 * The settings of a service: from `file` (PGSERVICEFILE), else `~/.pg_service.conf`, then from `pg_service.conf` in
 * PGSYSCONFDIR. Throws `AddressError` if none of them defines it.
 */
export function readService(name: string, file: string | undefined, env: NodeJS.ProcessEnv): Settings {
  const files = [
    file || join(homeOf(env), '.pg_service.conf'),
    ...(env.PGSYSCONFDIR ? [join(env.PGSYSCONFDIR, 'pg_service.conf')] : []),
  ];
  for (const path of files) {
    const settings = sectionOf(name, path);
    if (settings !== undefined) return settings;
  }
  throw new AddressError(`there is no service '${name}' in ${files.join(' or ')}`);
}

/** The first section of that name; undefined without such a file or section. */
function sectionOf(name: string, path: string): Settings | undefined {
  let found: Record<string, string> | undefined;
  for (const [index, raw] of linesOf(path).entries()) {
    const line = raw.trim();
    const wrong = (what: string) => new AddressError(`${path}, line ${index + 1}: ${what}`);
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('[')) {
      if (found !== undefined) break;
      if (line === `[${name}]`) found = {};
      continue;
    }
    if (found === undefined) continue;
    if (line.startsWith('ldap')) throw wrong('Sluice looks up no services by LDAP');
    const at = line.indexOf('=');
    const keyword = line.slice(0, Math.max(at, 0)).trimEnd();
    if (at === -1 || !(keyword in keywords)) throw wrong(`expected keyword=value, with a keyword that libpq knows`);
    if (keyword === 'service' || keyword === 'servicefile') throw wrong('a service cannot name another');
    // As in libpq, the first of several lines counts.
    found[keyword] ??= line.slice(at + 1).trim();
  }
  const refused = found && whyRefused(found, (keyword) => `${keyword} in ${path}`);
  if (refused !== undefined) throw new AddressError(refused);
  return found;
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return [];
    throw new AddressError(`${path} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}
