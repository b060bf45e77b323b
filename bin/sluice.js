#!/usr/bin/env node
import { bundle } from './bundle.js';

// Coverage is counted by the lines of the sources.
const bundled = process.env.NODE_V8_COVERAGE === undefined ? await bundle() : undefined;
if (bundled !== undefined) await import(bundled);
else {
  // Both ways of loading are needed: a file of a user's own that lies in no package of modules is loaded the old way.
  const [esm, cjs] = await Promise.all([import('tsx/esm/api'), import('tsx/cjs/api')]);
  esm.register();
  cjs.register();
  await import('../cli/main.ts');
}
