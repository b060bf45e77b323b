/** Loads the user's own enrichment functions from their folder. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf, PipelineError } from '../../pipeline/errors.ts';
import { checkOwnFunction, type OwnEnrichment } from '../../udfs/own-function.ts';
import { withinLimit } from '../within-limit.ts';

/** Default folder of the functions. Git ignores it. */
export const defaultFolder = resolve(import.meta.dirname, '../../udfs/own');

/** Longest time for a file to load: a top-level await may never end. */
const loadLimitMs = 10_000;

const isFunction = (file: string): boolean =>
  /\.(?:ts|js|mjs)$/.test(file) && !/\.(?:test|d)\.ts$|\.test\.m?js$/.test(file);

/**
 * Returns the functions of a folder, ordered by file name; they run in this order. Ignores sub-folders and tests. Throws
 * `own_function` for a named folder that does not exist, and for an invalid file.
 */
export async function loadOwnFunctions(named: string | undefined): Promise<readonly OwnEnrichment[]> {
  const folder = named === undefined ? defaultFolder : resolve(named);
  if (named === undefined && !existsSync(folder)) return [];
  const files = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw invalid(folder, messageOf(error), { advice: '', details: { wrong: 'folder' } });
  });
  const functions: OwnEnrichment[] = [];
  for (const name of files
    .flatMap((file) => (file.isDirectory() ? [] : file.name))
    .filter(isFunction)
    .sort()) {
    const found = await load(join(folder, name), name);
    const other = functions.find(({ column }) => column === found.column);
    if (other) throw invalid(join(folder, name), `column ${found.column} is filled by ${other.file} already`);
    functions.push(found);
  }
  return functions;
}

async function load(path: string, name: string): Promise<OwnEnrichment> {
  try {
    // In the published bundle Node loads no TypeScript; tsx does. It also loads .js files of any package type.
    // @ts-expect-error tsx has no types.
    if (!import.meta.filename.endsWith('.ts')) await import('tsx');
    const checksum = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
    const module = withinLimit<Module>(import(pathToFileURL(path).href), loadLimitMs);
    const { default: exported } = await module;
    return checkOwnFunction(isWrapped(exported) ? exported.default : exported, name, checksum);
  } catch (error) {
    throw invalid(path, messageOf(error));
  }
}

type Module = { readonly default?: unknown };

/** True if `require` loaded the file, because its package is not of type `module`: its exports are one level deeper. */
const isWrapped = (exported: unknown): exported is Module =>
  typeof exported === 'object' && exported !== null && 'default' in exported && !('column' in exported);

const invalid = (
  path: string,
  why: string,
  more: { advice: string; details: { wrong: string } } = {
    advice: 'Correct the file (docs/guides/own-functions.md).',
    details: { wrong: 'file' },
  },
): PipelineError => new PipelineError('own_function', `${path}: ${why}`, more);
