/**
 * Short names of countries in neighbouring languages that CLDR lacks. Without accents or capital they would be a code or another
 * country. One country a line; spelling as in `exactSpelling`. Common knowledge.
 */
const names = `
AU;úc;úc châu
AT;áo;áo quốc
BE;bỉ;vương quốc bỉ
CZ;čr;č.r.;čr.;česká rep.;séc
DE;đức
FR;pháp
GB;vương quốc anh
IT;ý
JP;nhật;nhật bản
RU;Nga
TD;čad;çad
US;mỹ;hoa kỳ;mĩ;ee.uu.;é.-u.;é.u.
`;

/** Name and country. */
export const nativeCountryNames: readonly (readonly [name: string, country: string])[] = names
  .trim()
  .split('\n')
  .flatMap((line) => {
    const [country = '', ...spelled] = line.split(';');
    return spelled.map((name) => [name, country] as const);
  });
