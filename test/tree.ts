/** The files of the checkout: what tests look through as text. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** Not ours, written by a run, recorded data, or functions of the user's own. */
const leftOut = new Set(['node_modules', 'coverage', 'fixtures', 'own']);

/** Paths of all files in a folder and below, from the root of the checkout; without hidden ones. */
export function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const file = join(folder, entry.name);
    if (entry.isFile()) return [file];
    return entry.isDirectory() && !entry.name.startsWith('.') && !leftOut.has(entry.name) ? filesIn(file) : [];
  });
}

/** The text of a file of the checkout. */
export const read = (file: string): string => readFileSync(join(root, file), 'utf8');
