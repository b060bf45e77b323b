/** Proves that a misspelt name leads to the one that was meant, and that nothing is suggested where nothing is near. */
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
])('%s is taken for %s', (word, meant) => {
  expect(didYouMean(word, names)).toBe(`, did you mean '${meant}'?`);
});

test.each(['nickname_of_the_cat', 'x', 'zip', ''])('for %j nothing is suggested', (word) => {
  expect(didYouMean(word, names)).toBe('');
});
