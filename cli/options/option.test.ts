/** Proves the precedence of flag, environment and default, and that a mistake names its origin. */
import { describe, expect, test } from 'vitest';
import { allEntries } from '../program/entries.ts';
import { type Option, type SwitchOption, settingOf, UsageError, type ValueOption, valueFrom } from './option.ts';
import { type OptionName, options } from './options.ts';
import { integer } from './parse.ts';

const entries = await allEntries();

/** Returns the value of an option and its origin. `given` is the flag on the command line. */
function resolveOption(option: Option, given: string | boolean | undefined, env: NodeJS.ProcessEnv) {
  const setting = settingOf(option, { flags: { [option.flag]: given }, env });
  return { value: valueFrom(option, setting), origin: setting?.origin ?? 'default' };
}

const lanes: ValueOption<number> = {
  kind: 'value',
  flag: 'lanes',
  value: '<n>',
  env: ['LANES', 'OLD_LANES'],
  description: '',
  default: '2',
  parse: integer(1, 9),
};
const bare: ValueOption<number> = { kind: 'value', flag: 'rate', value: '<n>', description: '', parse: integer(1) };
const json: SwitchOption = { kind: 'switch', flag: 'json', env: ['JSON'], description: '' };

describe('a value', () => {
  test.each([
    ['the flag, which overrides the environment', '5', { LANES: '6', OLD_LANES: '7' }, 5, 'flag'],
    ['the flag, even with an invalid environment', '5', { LANES: 'x' }, 5, 'flag'],
    ['that of the first environment name', undefined, { LANES: '6', OLD_LANES: '7' }, 6, 'environment'],
    ['that of the other environment name', undefined, { OLD_LANES: '7' }, 7, 'environment'],
    ['that of the other name if the first is empty', undefined, { LANES: '', OLD_LANES: '7' }, 7, 'environment'],
    ['the default', undefined, { LANES: '' }, 2, 'default'],
  ] as const)('is %s', (_, given, env, value, origin) => {
    expect(resolveOption(lanes, given, env)).toEqual({ value, origin });
  });

  test('is undefined if nothing sets the option and it has no default', () => {
    expect(resolveOption(bare, undefined, {})).toEqual({ value: undefined, origin: 'default' });
  });

  test.each([
    ['--lanes', 'x', {}],
    ['LANES', undefined, { LANES: '10', OLD_LANES: '1' }],
    ['OLD_LANES', undefined, { OLD_LANES: '-1' }],
    ['--lanes', '', {}],
  ])('is refused with the name %s if it is invalid', (place, given, env) => {
    expect(() => resolveOption(lanes, given, env)).toThrow(UsageError);
    expect(() => resolveOption(lanes, given, env)).toThrow(`${place}: expected a whole number from 1 to 9`);
  });
});

describe('a switch', () => {
  test.each([
    [true, {}, true, 'flag'],
    [undefined, { JSON: 'yes' }, true, 'environment'],
    [undefined, { JSON: 'TRUE' }, true, 'environment'],
    [undefined, { JSON: '0' }, false, 'environment'],
    [true, { JSON: 'off' }, true, 'flag'],
    [undefined, {}, false, 'default'],
  ] as const)('given %s with %j is %s', (given, env, value, origin) => {
    expect(resolveOption(json, given, env)).toEqual({ value, origin });
  });

  test('refuses other words', () => {
    expect(() => resolveOption(json, undefined, { JSON: 'maybe' })).toThrow(
      "JSON: expected true or false, got 'maybe'",
    );
  });
});

describe('the options', () => {
  const names = Object.keys(options) as OptionName[];

  test('have different flags within a verb', () => {
    for (const verb of entries.flatMap((entry) => ('verbs' in entry ? entry.verbs : [entry]))) {
      const flags = verb.options.map((name) => options[name].flag);
      expect(new Set(flags).size, verb.name).toBe(flags.length);
    }
  });

  test('have different environment names', () => {
    const env = names.flatMap((name) => {
      const option: Option = options[name];
      return option.env ?? [];
    });
    expect(new Set(env).size).toBe(env.length);
  });

  test.each(names)('%s has a valid default', (name) => {
    expect(() => resolveOption(options[name], undefined, {})).not.toThrow();
  });
});
