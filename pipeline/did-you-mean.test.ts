/** Proves that the closest known name is suggested, and none if no name is close. */
import { expect, test } from 'vitest';
import { didYouMean } from './did-you-mean.ts';

const names = ['id', 'first_name', 'last_name', 'email', 'postal_code', 'cdc_operation'];

test.each([
  ['fist_name', 'first_name'],
  ['firstName', 'first_name'],
  ['Email', 'email'],
  ['emial', 'email'],
  ['mail', 'email'],
  ['postalcode', 'postal_code'],
  ['cdc_operatoin', 'cdc_operation'],
])('for %s the name %s is suggested', (word, meant) => {
  expect(didYouMean(word, names)).toBe(`, did you mean '${meant}'?`);
});

test.each(['nickname_of_the_cat', 'x', 'zip', ''])('for %j no name is suggested', (word) => {
  expect(didYouMean(word, names)).toBe('');
});
