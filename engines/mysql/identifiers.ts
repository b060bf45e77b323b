/** Identifiers of MySQL and MariaDB in SQL. */

/** An identifier in backticks. */
export const quoted = (name: string): string => `\`${name.replaceAll('`', '``')}\``;
