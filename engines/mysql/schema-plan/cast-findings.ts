/** Findings about values that the target's types do not hold as they are. */
import { tableName } from '../../../schemas/table-name.ts';
import type { TypedTable } from './column-types.ts';
import type { Report } from './finding.ts';

/** Reports each note of the casts once for a table, with its columns. */
export function reportCasts({ table, columns }: TypedTable, report: Report): void {
  const notes = new Map<
    string,
    { readonly severity: 'warn' | 'info'; readonly columns: string[]; readonly types: Set<string> }
  >();
  for (const [name, { cast, sqlType, definition }] of columns) {
    if (cast.fidelity === 'exact') continue;
    const why = cast.note ?? 'some values are converted';
    const found = notes.get(why) ?? {
      severity: cast.fidelity === 'partial' && !isFarOff(definition.type.kind) ? 'warn' : 'info',
      columns: [],
      types: new Set(),
    };
    found.columns.push(name);
    found.types.add(sqlType);
    notes.set(why, found);
  }
  for (const [why, { severity, columns: names, types }] of notes)
    report({
      severity,
      object: `${tableName(table)}: ${names.join(', ')}`,
      what: `${names.length === 1 ? 'is' : 'are'} ${[...types].join(', ')}`,
      why,
    });
}

/** Types whose missing values hardly occur: years beyond 9999, documents of more than 32 levels. */
const isFarOff = (kind: string): boolean => ['date', 'timestamp', 'json'].includes(kind);
