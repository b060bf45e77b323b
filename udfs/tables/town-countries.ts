/** Countries whose names of towns are kept as labels of domains (`municipalities.ts`). */
export const townCountries: ReadonlySet<string> = new Set([
  'DE',
  'CH',
  'NL',
  'SE',
  'FI',
  'EE',
  'NO',
  'DK',
  'LI',
  'LU',
  'CA',
  'US',
]);
