/**
 * Names of Sluice's sessions in `pg_stat_activity`. Sluice identifies sessions by name (rule 15), but PostgreSQL keeps only 63
 * bytes of printable ASCII. A longer name keeps its end, which is the role of the session, and gets a hash, which
 * distinguishes pipelines.
 */
import { createHash } from 'node:crypto';

/** PostgreSQL truncates application names to NAMEDATALEN - 1 bytes. */
const maxNameBytes = 63;

/** The longest kept role; roles are `lane 63`, `claim`, `caught-up`. */
const maxRoleBytes = 30;

/** `sluice/<name>` as PostgreSQL shows it. A name is `<pipeline>/<role>`, or only a role. */
export function sessionName(name: string): string {
  const whole = `sluice/${name}`;
  if (/^[ -~]*$/.test(whole) && whole.length <= maxNameBytes) return whole;
  const slash = name.lastIndexOf('/');
  const end = `~${createHash('sha256').update(name.slice(0, slash)).digest('hex').slice(0, 8)}/${asciiOf(name.slice(slash + 1)).slice(0, maxRoleBytes)}`;
  return `sluice/${asciiOf(name.slice(0, Math.max(slash, 0))).slice(0, maxNameBytes - 'sluice/'.length - end.length)}${end}`;
}

const asciiOf = (text: string): string => text.replace(/[^ -~]/g, '?');
