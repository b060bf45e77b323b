import { describe, expect, it } from 'vitest';
import { javaMajor, parseJavaSettings } from './java.ts';

describe('javaMajor', () => {
  it.each([
    ['17.0.15', 17],
    ['21', 21],
    ['26-ea', 26],
    ['1.8.0_392', 8],
    ['11.0.22', 11],
    ['unknown', 0],
    ['', 0],
  ])('%s is Java %i', (version, major) => {
    expect(javaMajor(version)).toBe(major);
  });
});

describe('parseJavaSettings', () => {
  it('reads version and home, even with a space in the path', () => {
    const output = [
      'Property settings:',
      '    java.class.version = 61.0',
      '    java.home = /Library/Java Machines/17',
      '    java.version = 17.0.15',
      '    java.version.date = 2025-04-15',
      '',
      'openjdk version "17.0.15" 2025-04-15',
    ].join('\n');
    expect(parseJavaSettings(output)).toEqual({ version: '17.0.15', home: '/Library/Java Machines/17' });
  });

  it('finds nothing in the output of the macOS stub', () => {
    expect(parseJavaSettings('The operation couldn’t be completed. Unable to locate a Java Runtime.')).toBeUndefined();
  });
});
