/**
 * `sluice completion`: prints a script that completes verbs, flags and the words a flag accepts. It is generated from the
 * declarations of the verbs. zsh runs the same script through bashcompinit.
 */
import { fileURLToPath } from 'node:url';
import { type Option, UsageError } from './options/option.ts';
import { options } from './options/options.ts';
import { exitCodes } from './output/exit-codes.ts';
import type { Entry } from './program/program.ts';
import { optionsOf, type Verb, verb } from './program/verb.ts';

const script = fileURLToPath(new URL('../bin/sluice.js', import.meta.url)).replaceAll("'", "'\\''");

/** Builds the verb; its script completes `words` and itself. */
export function completion(words: readonly Entry[]): Verb {
  const self = verb({
    name: 'completion',
    summary: 'print a completion script for bash or zsh',
    args: [{ name: '<shell>', description: 'bash or zsh' }],
    examples: [
      '# in ~/.bashrc or ~/.zshrc',
      'source <(npx sluice completion bash)',
      'source <(npx sluice completion zsh)',
    ],
    options: [],
    async run(_, { args: [shell = ''], print }) {
      if (shell !== 'bash' && shell !== 'zsh') throw new UsageError(`expected bash or zsh, got '${shell}'`);
      print(completionScript([...words, self], shell));
      return exitCodes.done;
    },
  });
  return self;
}

/** Returns the completion script for a shell. */
export function completionScript(entries: readonly Entry[], shell: 'bash' | 'zsh'): string {
  const verbs = entries.flatMap((entry) =>
    'verbs' in entry ? entry.verbs.map((one) => ({ ...one, name: `${entry.name} ${one.name}` })) : [entry],
  );
  const groups = entries.filter((entry) => 'verbs' in entry);
  const nameWords = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name).join(' ');
  const values = Object.values(options).flatMap((option: Option) => {
    const completed = wordsOf(option);
    return completed === null || option.replacedBy !== undefined
      ? []
      : [`    --${option.flag}) ${completed}; return ;;`];
  });
  const root = `${nameWords(entries)} --help --version`;
  return [
    ...(shell === 'zsh' ? ['autoload -U +X compinit && compinit', 'autoload -U +X bashcompinit && bashcompinit'] : []),
    '_sluice() {',
    "  local IFS=$' \\t\\n' current previous words files path",
    `  current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words="" files=""`,
    // The words before the one being typed.
    `  path="\${COMP_WORDS[*]:1:COMP_CWORD-1} "`,
    '  case "$previous" in',
    ...values,
    '  esac',
    '  case "$path" in',
    ...verbs.map((one) => `    '${one.name} '*) words="${choices(one)}"${takesFile(one) ? ' files=-f' : ''} ;;`),
    ...groups.map(({ name, verbs: inside }) => `    '${name} '*) words="${nameWords(inside)} --help" ;;`),
    `    *) words="${root}" ;;`,
    '  esac',
    '  COMPREPLY=($(compgen $files -W "$words" -- "$current"))',
    '}',
    // Completion does not work through npx, so without `npm link` the script defines a shell function `sluice`.
    `command -v sluice >/dev/null || sluice() { SLUICE_COMMAND=sluice node '${script}' "$@"; }`,
    'complete -F _sluice sluice',
  ].join('\n');
}

const takesFile = ({ args = [] }: Verb): boolean => args.some(({ name }) => name === '[file]');

/** Returns the words that may follow a verb. */
function choices(one: Verb): string {
  const shown = optionsOf(one).map((option): Option => options[option]);
  const flags = shown.filter(({ replacedBy }) => replacedBy === undefined).map(({ flag }) => `--${flag}`);
  return [...(one.name === 'completion' ? ['bash', 'zsh'] : []), ...flags, '--help'].join(' ');
}

/** Returns the shell command that completes an option's value; null for a switch, which has none. */
function wordsOf(option: Option): string | null {
  if (option.kind === 'switch') return null;
  const words = /^<([a-z]+(?:\|[a-z]+)+)>$/.exec(option.value)?.[1];
  if (words !== undefined) return `COMPREPLY=($(compgen -W "${words.replaceAll('|', ' ')}" -- "$current"))`;
  return option.value === '<path>' ? 'COMPREPLY=($(compgen -f -- "$current"))' : ':';
}
