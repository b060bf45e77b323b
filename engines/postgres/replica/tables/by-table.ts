/** Something of each table, by schema, then by name: asked for with every record, so that no text is made for it. */
import type { SourceTable } from '../../../../schemas/table-name.ts';

/** As many entries as there are tables, and no more. */
export class ByTable<T> {
  readonly #schemas = new Map<string, Map<string, T>>();

  find({ schema, name }: SourceTable): T | undefined {
    return this.#schemas.get(schema)?.get(name);
  }

  set({ schema, name }: SourceTable, value: T): void {
    const tables = this.#schemas.get(schema) ?? new Map<string, T>();
    this.#schemas.set(schema, tables.set(name, value));
  }

  delete({ schema, name }: SourceTable): void {
    this.#schemas.get(schema)?.delete(name);
  }
}
