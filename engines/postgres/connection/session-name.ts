/**
 * Names of Sluice's sessions in `pg_stat_activity`. Sluice identifies sessions by name (rule 15), but PostgreSQL keeps only 63
 * bytes of printable ASCII. In a longer name, a hash identifies the pipeline, and the role at the end is kept.
 */
import { createHash } from 'node:crypto';

/** PostgreSQL truncates application names to NAMEDATALEN - 1 bytes. */
const maxNameBytes = 63;

/** A longer role is cut. Roles are short, such as `lane 63`, `claim` and `caught-up`. */
const maxRoleBytes = 30;

/** Returns `sluice/<name>` as PostgreSQL shows it. A name is `<pipeline>/<role>`, or only a role. */
export function sessionName(name: string): string {
  const whole = `sluice/${name}`;
  if (/^[ -~]*$/.test(whole) && whole.length <= maxNameBytes) return whole;
  const slash = name.lastIndexOf('/');
  const end = `~${createHash('sha256').update(name.slice(0, slash)).digest('hex').slice(0, 8)}/${asciiOf(name.slice(slash + 1)).slice(0, maxRoleBytes)}`;
  return `sluice/${asciiOf(name.slice(0, Math.max(slash, 0))).slice(0, maxNameBytes - 'sluice/'.length - end.length)}${end}`;
}

const asciiOf = (text: string): string => text.replace(/[^ -~]/g, '?');
