/** Which servers of the local stack a verb is about, by the word that a person uses for each. */
import { closest } from '../../pipeline/closest.ts';
import { type StackServers, serverKeys } from '../../stack/stack.ts';
import { UsageError } from '../options/option.ts';

/** A verb's positional argument. */
export const serverArgument = { name: '[server]', description: `${serverKeys.join(', ')}; all without it` };

/** The server that was named, or all. Throws UsageError for a word that names none. */
export function serversNamed(word: string | undefined): readonly (keyof StackServers)[] {
  if (word === undefined) return serverKeys;
  const key = serverKeys.find((one) => one === word);
  if (key !== undefined) return [key];
  const [meant] = closest(word, serverKeys, 1);
  throw new UsageError(
    `there is no server '${word}': ${serverKeys.join(', ')}${meant === undefined ? '' : `. Did you mean ${meant}?`}`,
  );
}
