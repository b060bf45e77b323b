/** `expect(outcome).toEndWith(code)`: a process ended with that exit code. A failure shows the end of its output. */
import { expect } from 'vitest';

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: the type parameter must be the one of vitest.
  interface Matchers<T = any> {
    toEndWith: (code: number) => T;
  }
}

/** Most characters of each output that are shown: its end, which has the reason. */
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
