/** `sluice.yaml`: options by the names of their flags. */
import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import type { Document, LineCounter, Node } from 'yaml';
import { didYouMean } from '../../pipeline/did-you-mean.ts';
import { messageOf } from '../../pipeline/errors.ts';
import type { FileEntry, Option } from '../options/option.ts';
import { keys, whyNoKey } from './keys.ts';

/** Name of the file in the working folder. */
export const configName = 'sluice.yaml';

/** A configuration file and its mistakes, such as `sluice.yaml:3: unknown key 'lane', did you mean 'lanes'?`. */
export type ConfigFile = {
  readonly path: string;
  readonly entries: ReadonlyMap<string, FileEntry>;
  readonly faults: readonly string[];
};

/** Reads the named file, else the one in `folder`. Returns undefined when no file is named and `folder` has none. */
export async function readConfig(named: string | undefined, folder: string): Promise<ConfigFile | undefined> {
  const path = named ?? configName;
  let text: string;
  try {
    text = await readFile(isAbsolute(path) ? path : join(folder, path), 'utf8');
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (isMissing && named === undefined) return undefined;
    const reason = isMissing ? 'there is no such file' : messageOf(error);
    return { path, entries: new Map(), faults: [`${path}: ${reason}`] };
  }
  return parseConfig(path, text);
}

/** Parses the text of a file. A fault does not end parsing, so `faults` lists all of them. */
export async function parseConfig(path: string, text: string): Promise<ConfigFile> {
  const { isMap, isScalar, LineCounter, parseDocument } = await import('yaml');
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const entries = new Map<string, FileEntry>();
  const faults = document.errors.map(({ message, pos }) => `${path}:${lineCounter.linePos(pos[0]).line}: ${message}`);
  const { contents } = document;
  if (faults.length > 0 || contents === null || (isScalar(contents) && contents.value === null))
    return { path, entries, faults };
  if (!isMap<Node, Node | null>(contents)) {
    return { path, entries, faults: [`${path}:1: expected lines of the form 'key: value', such as 'lanes: 4'`] };
  }
  for (const { key, value } of contents.items) {
    const place = `${path}:${lineOf(key, lineCounter)}`;
    const word = isScalar(key) ? String(key.value) : String(key);
    const option = keys.get(word);
    if (option === undefined) {
      faults.push(`${place}: ${whyNoKey(word) ?? `unknown key '${word}'${didYouMean(word, [...keys.keys()])}`}`);
      continue;
    }
    const found = await textOf(option, value, document);
    if ('fault' in found) faults.push(`${place}: ${word}: ${found.fault}`);
    else entries.set(word, { text: resolvePath(option, found.text, path), place });
  }
  return { path, entries, faults };
}

const lineOf = (node: Node, lines: LineCounter): number => lines.linePos(node.range?.[0] ?? 0).line;

/** Converts a YAML value to the text of a flag: numbers keep their spelling, lists are joined by commas. */
async function textOf(
  option: Option,
  node: Node | null,
  document: Document,
): Promise<{ readonly text: string } | { readonly fault: string }> {
  const { isAlias, isScalar, isSeq } = await import('yaml');
  const value = isAlias(node) ? node.resolve(document) : node;
  if (isScalar(value) && value.value !== null) {
    const { value: plain, source } = value;
    if (option.kind === 'switch' && typeof plain !== 'boolean') return { fault: 'expected true or false' };
    return { text: typeof plain === 'string' ? plain : (source ?? String(plain)) };
  }
  if (value === null || value === undefined || isScalar(value)) return { fault: 'has no value' };
  if (!isSeq<Node>(value)) return { fault: 'expected one value, not keys of its own' };
  if (option.kind === 'switch' || !option.value.includes(',...')) return { fault: 'expected one value, not a list' };
  if (!value.items.every((item) => isScalar(item) && item.value !== null)) return { fault: 'expected a list of texts' };
  return { text: value.items.map((item) => (isScalar(item) ? String(item.value) : '')).join(',') };
}

/** Resolves a relative path from the folder of the configuration file. */
function resolvePath(option: Option, text: string, path: string): string {
  if (option.kind === 'switch') return text;
  const beside = (name: string) => (isAbsolute(name) || name === '-' ? name : join(dirname(path), name));
  if (['<file>', '<folder>', '<path>'].includes(option.value)) return beside(text);
  const [, name] = /^file:(?!\/\/)(.+)$/s.exec(text) ?? [];
  return name === undefined ? text : `file:${beside(name)}`;
}
