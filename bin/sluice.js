#!/usr/bin/env node
import { bundle } from './bundle.js';

// Coverage is counted by the lines of the sources.
const bundled = process.env.NODE_V8_COVERAGE === undefined ? await bundle() : undefined;
if (bundled !== undefined) await import(bundled);
else {
  // Takes the types off while loading.
  await import('tsx');
  await import('../cli/main.ts');
}
