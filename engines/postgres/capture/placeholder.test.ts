import { describe, expect, it } from 'vitest';
import { withPlaceholder } from './placeholder.ts';

const exact = { 'event.converting.failure.handling.mode': 'fail', 'binary.handling.mode': 'bytes' };
const word = 'unavailable.value.placeholder';
const literal = 'transforms.sluicePlaceholder.value.literal';
const header = 'transforms.sluicePlaceholder.header';

describe('the placeholder of a connector', () => {
  it('is random, and every message carries it', () => {
    const [one, other] = [withPlaceholder(exact, undefined), withPlaceholder(exact, undefined)];
    expect(one[word]).toMatch(/^sluice_[0-9a-f]{24}$/);
    expect(one[literal]).toBe(one[word]);
    expect(one[word]).not.toBe(other[word]);
    expect(one).toMatchObject({ transforms: 'sluicePlaceholder', [header]: 'sluice.placeholder' });
  });

  it('stays the same when the connector is changed', () => {
    const made = withPlaceholder(exact, undefined);
    expect(withPlaceholder(exact, made)).toEqual(made);
  });

  it("comes from the user's settings if they have one", () => {
    const made = withPlaceholder({ ...exact, [word]: 'gone' }, { [word]: 'before' });
    expect(made).toMatchObject({ [word]: 'gone', [literal]: 'gone' });
    expect(withPlaceholder({ ...exact, [word]: 'hex:676f6e65' }, undefined)).toMatchObject({
      [word]: 'hex:676f6e65',
      [literal]: 'gone',
    });
  });

  it('is added to messages after the transformations of the user', () => {
    const given = { ...exact, transforms: 'unwrap, route', 'header.converter': 'Own' };
    const made = withPlaceholder(given, undefined);
    expect(made).toMatchObject({ transforms: 'unwrap,route,sluicePlaceholder', 'header.converter': 'Own' });
    expect(withPlaceholder(made, made).transforms).toBe('unwrap,route,sluicePlaceholder');
  });

  it('marks nulls as unclear where settings let a value become null', () => {
    for (const other of [{ 'event.converting.failure.handling.mode': 'warn' }, { 'binary.handling.mode': 'base64' }]) {
      expect(withPlaceholder({ ...exact, ...other }, undefined)[header]).toBe('sluice.placeholder.lenient');
    }
  });
});
