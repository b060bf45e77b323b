/**
 * An operator that knows only Sluice's output: it runs the statements and commands of messages, in the database that the
 * message names, and nothing else.
 */

/** An action that a message asks for. */
export type Action = {
  /** A statement for one of the two databases, or a command of Sluice. */
  readonly where: 'source' | 'target' | 'command';
  readonly text: string;
};

const statement = /\b(?:ALTER|CREATE|DROP|COMMENT|GRANT)\s[^;"]*(?:"[^"]*"[^;"]*)*;/g;
const command = /`npx sluice ([^`<…]+)`/g;

/** Commands that only read, and those that messages name beside the remedy. */
const readsOnly = /^(?:connector (?:status|list)|status|doctor|sql\b(?!.*--write)|stack)/;

/**
 * The actions that a text asks for, in order. `On the source:` and `On the target:` name the database of a statement, up to the end of
 * the line. Without them it is for the target, which the operator owns.
 */
export function actionsOf(output: string): readonly Action[] {
  const actions: Action[] = [];
  for (const line of unescaped(output).split('\n')) {
    for (const { 0: text, index } of line.matchAll(statement)) {
      const before = line.slice(0, index);
      const source = before.toLowerCase().lastIndexOf('on the source');
      const where = source > before.toLowerCase().lastIndexOf('on the target') ? 'source' : 'target';
      actions.push({ where, text });
    }
    for (const [, text = ''] of line.matchAll(command))
      if (!readsOnly.test(text)) actions.push({ where: 'command', text: text.trim() });
  }
  return [...new Map(actions.map((action) => [`${action.where} ${action.text}`, action])).values()];
}

/** Log messages are JSON, in which quotes and line breaks are escaped. */
const unescaped = (text: string): string => text.replaceAll('\\n', '\n').replaceAll('\\"', '"');
