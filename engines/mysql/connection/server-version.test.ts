/** Proves which servers are supported, and that the others are refused with what to do. */
import { expect, test } from 'vitest';
import { describeVersion, isAtLeast, requireSupported } from './server-version.ts';

const facts = (version: string, comment = '', storageEngine = 'InnoDB') => ({ version, comment, storageEngine });

test.each([
  ['11.4.5-MariaDB-log', '', 'MariaDB 11.4.5'],
  ['5.5.5-10.11.6-MariaDB', '', 'MariaDB 10.11.6'],
  ['10.11.6', 'MariaDB Server', 'MariaDB 10.11.6'],
  ['8.0.16', 'MySQL Community Server - GPL', 'MySQL 8.0.16'],
  ['9.7.4-2-Debian', '(Debian)', 'MySQL 9.7.4'],
])('%s %s is %s', (version, comment, described) => {
  expect(describeVersion(requireSupported(facts(version, comment), 'db:3306'))).toBe(described);
});

test.each(['10.6.18-MariaDB', '10.10.9-MariaDB', '5.5.5-10.4.1-MariaDB', '8.0.15', '5.7.44-log', 'unreadable'])(
  '%s is refused as too old',
  (version) => {
    expect(() => requireSupported(facts(version), 'db:3306')).toThrow(
      expect.objectContaining({
        code: 'target_too_old',
        message: expect.stringContaining(`db:3306 is M`),
        advice: expect.stringContaining('MariaDB 10.11 or MySQL 8.0.16'),
      }),
    );
  },
);

test('a server with another default storage engine is refused', () => {
  expect(() => requireSupported(facts('8.4.0', '', 'MyISAM'), 'db:3306')).toThrow(
    expect.objectContaining({ code: 'target_not_transactional', advice: expect.stringContaining('InnoDB') }),
  );
});

test('versions are compared by their numbers', () => {
  expect(isAtLeast([10, 11, 0], [10, 9, 9])).toBe(true);
  expect(isAtLeast([8, 0, 16], [8, 0, 16])).toBe(true);
  expect(isAtLeast([8, 0, 15], [8, 0, 16])).toBe(false);
  expect(isAtLeast([9, 0, 0], [10, 0, 0])).toBe(false);
});
