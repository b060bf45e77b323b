/** Loads the user's own enrichment functions from their folder. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf, PipelineError } from '../../pipeline/errors.ts';
import { checkOwnFunction, type OwnEnrichment } from '../../udfs/own-function.ts';
import { withinLimit } from '../within-limit.ts';

/** Where functions are looked for when nothing else is said. Git ignores it. */
export const defaultFolder = resolve(import.meta.dirname, '../../udfs/own');

/** Milliseconds for a file to load: one that awaits something at its top level may never do. */
const loadLimitMs = 10_000;

const isFunction = (file: string): boolean =>
  /\.(?:ts|js|mjs)$/.test(file) && !/\.(?:test|d)\.ts$|\.test\.m?js$/.test(file);

/**
 * The functions of a folder in the order of their file names, in which they run. Sub-folders and tests are left out. Throws
 * a `PipelineError` for a folder that is named and not there, and for a file that is wrong.
 */
export async function loadOwnFunctions(named: string | undefined): Promise<readonly OwnEnrichment[]> {
  const folder = named === undefined ? defaultFolder : resolve(named);
  if (named === undefined && !existsSync(folder)) return [];
  const files = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw wrong(folder, messageOf(error), { advice: '', details: { wrong: 'folder' } });
  });
  const functions: OwnEnrichment[] = [];
  for (const name of files
    .flatMap((file) => (file.isDirectory() ? [] : file.name))
    .filter(isFunction)
    .sort()) {
    const found = await load(join(folder, name), name);
    const other = functions.find(({ column }) => column === found.column);
    if (other) throw wrong(join(folder, name), `column ${found.column} is filled by ${other.file} already`);
    functions.push(found);
  }
  return functions;
}

async function load(path: string, name: string): Promise<OwnEnrichment> {
  try {
    // Beside a bundle of these sources nobody takes the types off yet; tsx loads .js too, whatever package it lies in.
    // @ts-expect-error Its loader has no types.
    if (!import.meta.filename.endsWith('.ts')) await import('tsx');
    const checksum = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
    const module = withinLimit<Module>(import(pathToFileURL(path).href), loadLimitMs);
    const { default: exported } = await module;
    return checkOwnFunction(isWrapped(exported) ? exported.default : exported, name, checksum);
  } catch (error) {
    throw wrong(path, messageOf(error));
  }
}

type Module = { readonly default?: unknown };

/** A file in no package of modules is loaded by `require`, which has its exports one level deeper. */
const isWrapped = (exported: unknown): exported is Module =>
  typeof exported === 'object' && exported !== null && 'default' in exported && !('column' in exported);

const wrong = (
  path: string,
  why: string,
  more: { advice: string; details: { wrong: string } } = {
    advice: 'Correct the file (docs/guides/own-functions.md).',
    details: { wrong: 'file' },
  },
): PipelineError => new PipelineError('own_function', `${path}: ${why}`, more);
