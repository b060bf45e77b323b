/** Which privileges a user lacks to write replicated tables and Sluice's own. Privileges by roles are not known here. */
import { escape as literal } from 'mysql2';
import type { Session } from '../connection/session.ts';
import { quoted } from '../identifiers.ts';

const rows = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'CREATE', 'ALTER', 'DROP'];

/** What Sluice does in a database with replicated tables. */
const forTables = [...rows, 'INDEX', 'REFERENCES'];

/** What it does in its own database, where staging tables are, too. */
const forOwnTables = [...rows, 'CREATE VIEW', 'CREATE TEMPORARY TABLES'];

/** What is lacking in one database, and the statement that grants it. */
export type Lacking = { readonly database: string; readonly privileges: readonly string[]; readonly grant: string };

/** Reads what the user of the session lacks in the database of replicated tables, and in Sluice's own. */
export async function lackingPrivileges(
  session: Session,
  database: string,
): Promise<{ readonly lacking: readonly Lacking[]; readonly hasRoles: boolean; readonly user: string }> {
  const [account] = await session.rows<{ name: string }>('select current_user() as name');
  const [, user = '', host = ''] = /^(.*)@([^@]*)$/s.exec(account?.name ?? '') ?? [];
  const grantee = `'${user}'@'${host}'`;
  const roles = await session.cells('select 1 from information_schema.applicable_roles limit 1');
  const lacking: Lacking[] = [];
  const wanted = [
    [database, forTables],
    [session.bookkeeping, forOwnTables],
  ] as const;
  for (const [name, needed] of wanted) {
    const found = await session.rows<{ privilege: string }>(
      `select privilege_type as privilege from information_schema.user_privileges where grantee = ?
       union select privilege_type from information_schema.schema_privileges where grantee = ? and ? like table_schema`,
      [grantee, grantee, name],
    );
    const held = new Set(found.map(({ privilege }) => privilege));
    const privileges = needed.filter((one) => !held.has(one));
    if (privileges.length === 0) continue;
    const grant = `GRANT ${privileges.join(', ')} ON ${quoted(name)}.* TO ${literal(user)}@${literal(host)};`;
    lacking.push({ database: name, privileges, grant });
  }
  return { lacking, hasRoles: roles.length > 0, user };
}
