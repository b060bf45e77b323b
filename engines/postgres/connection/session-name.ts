/**
 * Names of our sessions in `pg_stat_activity`. A session is found by its name when its owner has to be told apart from
 * others (rule 15), and PostgreSQL keeps 63 bytes and no characters but printable ASCII: so a longer name is made short
 * in a way that keeps its end, which says what the session does, and keeps pipelines apart.
 */
import { createHash } from 'node:crypto';

/** What PostgreSQL keeps of an application name, in bytes. */
const longest = 63;

/** Most of the end that is kept: `lane 63`, `claim`, `caught-up`. */
const longestRole = 30;

/** `sluice/<name>` as PostgreSQL will show it. A name is `<pipeline>/<role>`, or a role alone. */
export function sessionName(name: string): string {
  const whole = `sluice/${name}`;
  if (/^[ -~]*$/.test(whole) && whole.length <= longest) return whole;
  const slash = name.lastIndexOf('/');
  const end = `~${createHash('sha256').update(name.slice(0, slash)).digest('hex').slice(0, 8)}/${asciiOf(name.slice(slash + 1)).slice(0, longestRole)}`;
  return `sluice/${asciiOf(name.slice(0, Math.max(slash, 0))).slice(0, longest - 'sluice/'.length - end.length)}${end}`;
}

const asciiOf = (text: string): string => text.replace(/[^ -~]/g, '?');
