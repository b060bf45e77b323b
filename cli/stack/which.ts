/** The argument that names a server of the local stack. */
import { closest } from '../../pipeline/closest.ts';
import { type StackServers, serverKeys } from '../../stack/stack.ts';
import { UsageError } from '../options/option.ts';

/** The positional argument of the verbs. */
export const serverArgument = { name: '[server]', description: `${serverKeys.join(', ')}; all without it` };

/** Returns the named server, or all. Throws UsageError for an unknown name. */
export function serversNamed(word: string | undefined): readonly (keyof StackServers)[] {
  if (word === undefined) return serverKeys;
  const key = serverKeys.find((one) => one === word);
  if (key !== undefined) return [key];
  const [meant] = closest(word, serverKeys, 1);
  throw new UsageError(
    `there is no server '${word}': ${serverKeys.join(', ')}${meant === undefined ? '' : `. Did you mean ${meant}?`}`,
  );
}
