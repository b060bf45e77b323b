/** Errors for objects that the target lacks and Sluice cannot create, each with the command that creates it. */
import pg from 'pg';
import { messageOf, PipelineError } from '../../../pipeline/errors.ts';
import { diagnose } from '../errors.ts';
import type { Need } from './needs.ts';

/** A missing object, and why Sluice could not create it. */
export type Lack = { readonly need: Need; readonly why: string | null };

const inShell = (text: string): string => text.replace(/[\\"$`]/g, '\\$&');

/**
 * One error that lists every missing object, each with the object that needs it.
 * @param makeable objects that Sluice would have created: missing functions may need some of them.
 */
export function targetLacks(lacks: readonly Lack[], makeable: readonly Need[]): PipelineError {
  const each = lacks.map(({ need, why }) => `${need.what}, which ${need.by} needs${why === null ? '' : ` (${why})`}`);
  return new PipelineError('target_lacks', `the target lacks ${each.join('; ')}`, {
    advice: `Nothing was made. ${remedies(
      lacks.map(({ need }) => need),
      makeable,
    ).join(' ')} Or create the tables yourself, or exclude them by the rules.`,
  });
}

function remedies(needs: readonly Need[], makeable: readonly Need[]): readonly string[] {
  const extensions = needs.filter(({ kind }) => kind === 'extension');
  const refused = needs.filter(({ kind, create }) => kind !== 'extension' && create !== null);
  const made = [...refused, ...makeable.filter(({ forCode }) => forCode)];
  const functions = needs.filter(({ isFunction }) => isFunction);
  const others = needs.filter(({ create, isFunction }) => create === null && !isFunction);
  const list = functions.map(({ name }) => `${pg.escapeLiteral(name)}::regprocedure`).join(', ');
  const definitions = `select coalesce('create schema if not exists ' || quote_ident(nullif(n.nspname, 'public')) || '; ', '') || pg_get_functiondef(p.oid) || ';' from pg_proc p join pg_namespace n on n.oid = p.pronamespace where p.oid in (${list}) order by p.oid`;
  return [
    ...(extensions.length > 0
      ? [
          `Install what the server lacks, and run at the target, as a superuser: ${extensions.map(({ create }) => `${create};`).join(' ')}`,
        ]
      : []),
    ...(made.length > 0
      ? [`Run at the target first, as a user who may: ${made.map(({ create }) => `${create};`).join(' ')}`]
      : []),
    ...(functions.length > 0
      ? [
          `Create ${functions.length === 1 ? 'it' : 'them'} there, e.g. psql "$SOURCE_URL" -Atc "${inShell(definitions)}" | psql "$TARGET_URL"`,
        ]
      : []),
    ...(others.length > 0
      ? [
          `Create ${others.map(({ what }) => what).join(', ')} there by the definition that pg_dump -s "$SOURCE_URL" prints.`,
        ]
      : []),
  ];
}

/** Wraps the target's refusal of a CREATE statement. Returns errors that a retry can cure unchanged. */
export function refusedStatement(error: unknown, statement: string): unknown {
  if (error instanceof PipelineError || diagnose(error).reaction === 'retry') return error;
  return new PipelineError('target_refuses', `the target refuses a definition of the source: ${messageOf(error)}`, {
    advice: `No table was created. Make this possible, or create the table yourself: ${statement};`,
    cause: error,
  });
}
