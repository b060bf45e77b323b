import { describe, expect, it } from 'vitest';
import { mavenReason, parseMavenVersion } from './maven.ts';

describe('parseMavenVersion', () => {
  it.each([
    ['Apache Maven 3.8.7\nMaven home: /usr/share/maven', '3.8.7'],
    ['\u001b[1mApache Maven 4.0.0-rc-4 (bcc7679)\u001b[m', '4.0.0-rc-4'],
    ['mvn: command not found', undefined],
  ])('%j gives %s', (output, version) => {
    expect(parseMavenVersion(output)).toBe(version);
  });
});

describe('mavenReason', () => {
  it('is the first error without its marks and the link to the help', () => {
    const output = [
      '[WARNING] something else',
      '[ERROR] Plugin a:b:1 could not be resolved: repo.example: Temporary failure in name resolution -> [Help 1]',
      '[ERROR] ',
      '[ERROR] To see the full stack trace of the errors, re-run Maven with the -e switch.',
    ].join('\n');
    expect(mavenReason(output)).toBe(
      'Plugin a:b:1 could not be resolved: repo.example: Temporary failure in name resolution',
    );
  });

  it('is the last line when nothing is marked as an error', () => {
    expect(mavenReason('one\ntwo\n')).toBe('two');
    expect(mavenReason('')).toBe('it said nothing');
  });
});
