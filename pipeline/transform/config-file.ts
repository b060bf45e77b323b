/** A configuration file in JSON: an unknown member is an error, and so is every error of {@link readStrictly}. */
import { JsonFault, membersOf, type Node, readStrictly, refuse } from '../../formats/json/strict-json.ts';
import { didYouMean } from '../did-you-mean.ts';
import type { ErrorCode } from '../error-codes.ts';
import { PipelineError } from '../errors.ts';

/** A kind of file: the code of its errors, what it is called in them, and where its members are described. */
export type ConfigKind = { readonly code: ErrorCode; readonly what: string; readonly advice: string };

/** Reads a file of this kind. Throws a `PipelineError`, exit code 2, with the path of what is wrong. */
export function readConfig<T>(text: string, { code, what, advice }: ConfigKind, parse: (root: Node) => T): T {
  try {
    return parse(readStrictly(text));
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    const place = error.path === '' ? what : error.path;
    throw new PipelineError(code, `${place}: ${error.message}`, { advice });
  }
}

/** Returns the members of an object. Refuses members with other names. */
export function knownMembers(node: Node, what: string, names: readonly string[]): ReadonlyMap<string, Node> {
  const members = membersOf(node, what);
  for (const [name, { path }] of members) {
    if (!names.includes(name)) {
      const near = didYouMean(name, names);
      throw refuse(path, `unknown member${near}${near === '' ? ';' : ''} known members: ${names.join(', ')}`);
    }
  }
  return members;
}
