#!/usr/bin/env node
// The sources are TypeScript and run as they are: tsx takes the types off on the way in. Both ways of loading are needed:
// a file of a user's own that lies in no package of modules is loaded the old way.
import { register as registerRequire } from 'tsx/cjs/api';
import { register } from 'tsx/esm/api';

register();
registerRequire();
await import('../cli/main.ts');
