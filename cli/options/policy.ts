/** The value of `--policy`: what is done with values, types and schemas that a target has no equal for. */
import type { SchemaPolicy } from '../../engines/mysql/schema-plan/schema-plan.ts';
import type { Policies, PolicyConfig } from '../../engines/types/policies.ts';

/** Policies for all columns and for single ones, and the databases of schemas. */
export type GivenPolicies = { readonly policies: PolicyConfig; readonly schemas: SchemaPolicy };

const values: { readonly [name in keyof Policies]: readonly Policies[name][] } = {
  onNaN: ['park', 'null'],
  onInfinity: ['park', 'null', 'limit'],
  interval: ['text', 'microseconds'],
  uuid: ['native', 'text', 'binary'],
};

const isPolicy = (name: string): name is keyof Policies => Object.hasOwn(values, name);

/**
 * Parses `onNaN=null,public.orders.price.onNaN=park,schemas=merge,schemas.sales=shop`: a policy for all columns, one for a
 * column, and databases of schemas. Throws an Error that names the expected form.
 */
export function policies(text: string): GivenPolicies {
  const all: Partial<Policies> = {};
  const columns: Record<string, Partial<Policies>> = {};
  const databases: Record<string, string> = {};
  let mode: SchemaPolicy['mode'] = 'separate';
  for (const entry of text.split(',').map((part) => part.trim())) {
    const [, name = '', value = ''] = /^([^=]+)=(.+)$/s.exec(entry) ?? [];
    const schema = /^schemas\.(.+)$/s.exec(name)?.[1];
    const [, column, last = name] = /^(.+\..+\..+)\.([^.]+)$/s.exec(name) ?? [];
    if (schema !== undefined && column === undefined) databases[schema] = value;
    else if (name === 'schemas' && (value === 'separate' || value === 'merge')) mode = value;
    else if (isPolicy(last) && values[last].some((one) => one === value)) {
      const given = { [last]: value };
      if (column === undefined) Object.assign(all, given);
      else columns[column] = { ...columns[column], ...given };
    } else throw new Error(`${expected()}, got '${entry}'`);
  }
  return { policies: { all, columns }, schemas: { mode, databases } };
}

function expected(): string {
  const forms = Object.entries(values).map(([name, known]) => `${name}=${known.join('|')}`);
  return `expected ${forms.join(', ')} (before it schema.table.column. for one column), schemas=separate|merge or schemas.NAME=DATABASE`;
}

/** Nothing is altered, and each schema becomes a database. */
export const noPolicies: GivenPolicies = {
  policies: { all: {}, columns: {} },
  schemas: { mode: 'separate', databases: {} },
};
