/** A map by table: schema, then name. It is used for every record, so it builds no key text. */
import type { SourceTable } from '../../../schemas/table-name.ts';

/** One value for each table. */
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
