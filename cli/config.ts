/** `sluice config check`: shows each option that is set, where its value comes from, and all mistakes. It connects to no server. */
import { mysqlVariables } from './config/database-names.ts';
import { formerName } from './config/former-names.ts';
import { settingNames } from './config/keys.ts';
import { masked } from './config/mask.ts';
import { type Server, serversOf } from './config/servers.ts';
import type { Option } from './options/option.ts';
import { inGroups, options } from './options/options.ts';
import { exitCodes } from './output/exit-codes.ts';
import { table } from './output/table.ts';
import { type Context, verb } from './program/verb.ts';

/** One option set by a flag, a variable or the file. Passwords are masked. */
type Row = { readonly option: string; readonly value: string; readonly from: string };

const names = [...settingNames, 'json'] as const;

const check = verb({
  name: 'check',
  summary: 'show which options are set, from where, and the servers they name; exit 2 for a mistake',
  options: names,
  inspects: true,
  examples: [
    'npx sluice config check',
    'npx sluice config check --config staging.yaml',
    'npx sluice config check --json',
  ],
  async run(values, context) {
    const rows = rowsOf(context);
    const { servers, faults } = serversOf(values, context);
    const { file, faults: found } = context.inspected ?? { file: undefined, faults: [] };
    const allFaults = [...new Set([...found, ...faults])];
    const notes = notesOf(context);
    if (values.json)
      context.print(JSON.stringify({ file: file ?? null, settings: rows, servers, faults: allFaults, notes }));
    else show({ file, rows, servers, allFaults, notes }, context.print);
    return allFaults.length === 0 ? exitCodes.done : exitCodes.usage;
  },
});

export const config = { name: 'config', summary: 'explain the configuration', verbs: [check] };

const rowsOf = ({ settings = {} }: Context): readonly Row[] =>
  inGroups(names).flatMap((name) => {
    const setting = settings[name];
    if (setting === undefined || name === 'json') return [];
    const option: Option = options[name];
    return [{ option: option.flag, value: masked(option, setting.text), from: setting.place }];
  });

/** Returns hints about settings that are valid, but perhaps not intended. */
function notesOf({ settings = {}, env }: Context): readonly string[] {
  const former = inGroups(names).flatMap((name) => {
    const setting = settings[name];
    return setting === undefined ? [] : (formerName(options[name], setting) ?? []);
  });
  const read = mysqlVariables(env).map(
    (name) =>
      `${name} is set: replicate, load and schema plan write into that MySQL unless an option names another target`,
  );
  return [...former, ...read];
}

type Shown = {
  readonly file: string | undefined;
  readonly rows: readonly Row[];
  readonly servers: readonly Server[];
  readonly allFaults: readonly string[];
  readonly notes: readonly string[];
};

function show({ file, rows, servers, allFaults, notes }: Shown, print: Context['print']): void {
  print(file === undefined ? 'no configuration file' : `configuration file ${file}`);
  print('');
  if (rows.length === 0) print('no option is set: the defaults apply');
  else
    for (const line of table(
      ['option', 'value', 'from'],
      rows.map(({ option, value, from }) => [option, value, from]),
    ))
      print(line);
  print('');
  for (const line of table(
    ['server', 'address', 'from'],
    servers.map(({ server, address, from }) => [server, address, from]),
  ))
    print(line);
  if (notes.length > 0) print('');
  for (const note of notes) print(`note: ${note}`);
  if (allFaults.length > 0) print('');
  for (const fault of allFaults) print(`wrong: ${fault}`);
}
