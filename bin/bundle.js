/**
 * The sources as one bundle. They are TypeScript, and to take the types off hundreds of modules, one by one, costs a second of CPU at each
 * start; a bundle starts in a third of the time. It is made at the first start after a change, in 0.3 s, and lies in `node_modules/.cache`.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = dirname(import.meta.dirname);
const cache = join(root, 'node_modules', '.cache', 'sluice');
const sources = [
  'adapters',
  'cli',
  'engines',
  'formats',
  'pipeline',
  'schemas',
  'services',
  'simulator',
  'stack',
  'udfs',
];

/** Bundles that are kept: a process that runs since before a change still loads parts of its own. */
const kept = 20;

/** The module to import, undefined where no bundle can be made: then the sources are run as they are. */
export async function bundle() {
  const folder = join(cache, fingerprint());
  const main = join(folder, 'main.js');
  if (!existsSync(main)) {
    const made = `${folder}.${process.pid}`;
    try {
      await build(made);
      await rename(made, folder);
    } catch {
      // Somebody else was first, or this folder cannot be written to.
      await rm(made, { recursive: true, force: true }).catch(() => undefined);
      if (!existsSync(main)) return undefined;
    }
    await forgetOld();
  }
  return pathToFileURL(main).href;
}

/** Changes with each file that a bundle is made of or by: its name, size and time of change. */
function fingerprint() {
  const hash = createHash('sha256').update(root);
  const add = (path) => {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  };
  const look = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (entry.name !== 'own') look(path);
      } else if (entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts')) {
        add(path);
      }
    }
  };
  for (const folder of sources) look(join(root, folder));
  add(import.meta.filename);
  return hash.digest('hex').slice(0, 16);
}

async function build(outdir) {
  const esbuild = await import('esbuild');
  await esbuild.build({
    entryPoints: [join(root, 'cli', 'main.ts')],
    outdir,
    bundle: true,
    // Commands load what they need and no more.
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: true,
    logLevel: 'silent',
    plugins: [{ name: 'places', setup: ({ onLoad }) => onLoad({ filter: /\.ts$/ }, withPlaces) }],
  });
  // Its process would stay as long as this one.
  await esbuild.stop();
}

/** Files that lie beside a module are still found there. */
async function withPlaces({ path }) {
  const text = await readFile(path, 'utf8');
  const contents = text
    .replaceAll('import.meta.dirname', JSON.stringify(dirname(path)))
    .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href));
  return { contents, loader: 'ts' };
}

/** What another process has just renamed or removed is not there any more. */
async function forgetOld() {
  const folders = readdirSync(cache).map((name) => join(cache, name));
  const byAge = folders
    .map((path) => ({ path, made: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.made - a.made);
  for (const { path } of byAge.slice(kept)) await rm(path, { recursive: true, force: true });
}
