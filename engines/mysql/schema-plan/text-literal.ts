/** Texts in statements that the server stores: comments, defaults, and expressions. */

/**
 * A literal for sessions without NO_BACKSLASH_ESCAPES, as Sluice opens them. MariaDB keeps the expressions of a table as text, and
 * does not escape the characters of a hexadecimal literal in it, so that a backslash would change its meaning.
 */
export const textLiteral = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
