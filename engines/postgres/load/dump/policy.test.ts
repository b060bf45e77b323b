import { expect, test } from 'vitest';
import { StatementSplitter } from '../../statement-splitter.ts';
import { policyOf } from './policy.ts';

function policy(text: string) {
  const splitter = new StatementSplitter({ psqlCommands: true });
  splitter.push(text);
  const part = splitter.next(true);
  if (part === undefined) throw new Error(`no statement in ${text}`);
  const { kind, ...more } = policyOf(part);
  return [kind, ...Object.values(more)];
}

test.each([
  ['-- copy\nCREATE TABLE t (a int);', ['run']],
  ['COPY public.t (a, "b c") FROM stdin;', ['copy', 'public.t']],
  ['copy "My table" from STDIN with (format csv);', ['copy', '"My table"']],
  ["COPY t TO '/tmp/x';", ['run']],
  ['SET statement_timeout = 0;', ['set', 'statement_timeout', '0']],
  ["SET client_encoding TO 'LATIN1';", ['set', 'client_encoding', 'LATIN1']],
  ["SET SESSION AUTHORIZATION 'joe';", ['skip', 'owners']],
  ['ALTER TABLE ONLY public.t OWNER TO "the owner";', ['skip', 'owners']],
  ['ALTER TABLE t ADD owner text;', ['run']],
  ['GRANT ALL ON TABLE t TO joe;', ['skip', 'owners']],
  ['ALTER DEFAULT PRIVILEGES FOR ROLE a GRANT SELECT ON TABLES TO b;', ['skip', 'owners']],
  ["CREATE DATABASE demo ENCODING = 'UTF8';", ['skip', 'databases']],
  ["COMMENT ON DATABASE demo IS 'x';", ['skip', 'databases']],
  ['\\restrict aBc', ['skip', 'psql']],
  ['\\set ON_ERROR_STOP on', ['skip', 'psql']],
  ['\\set name value', ['unsupported', '\\set name value']],
  ['\\c chinook;', ['connect', 'chinook']],
  ['\\connect -reuse-previous=on "my_db"', ['connect', 'my_db']],
  ['\\i other.sql', ['unsupported', '\\i other.sql']],
])('the policy of %j', (text, expected) => {
  expect(policy(text)).toEqual(expected);
});
