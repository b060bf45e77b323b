#!/usr/bin/env node
// The sources are TypeScript and run as they are: tsx takes the types off on the way in.
import { register } from 'tsx/esm/api';

register();
await import('../cli/main.ts');
