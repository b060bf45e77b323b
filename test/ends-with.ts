/** `expect(outcome).toEndWith(code)`: a process ended with that code, and if not, what it said is shown. */
import { expect } from 'vitest';

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: the type parameter must be the one of vitest.
  interface Matchers<T = any> {
    toEndWith: (code: number) => T;
  }
}

/** Characters of each output that are shown: its end, where the reason stands. */
const shown = 6_000;

expect.extend({
  toEndWith(outcome: { readonly code: number | null }, code: number) {
    const { code: actual, ...outputs } = outcome;
    const said = Object.entries(outputs).map(([name, text]) => `${name}: ${String(text).slice(-shown)}`);
    return {
      pass: actual === code,
      message: () => [`ended with ${actual}${this.isNot ? '' : ` instead of ${code}`}`, ...said].join('\n'),
    };
  },
});
