/** Normalises names of cities and provinces, for `build.ts` when it makes the tables and for lookups. */

/** Words for "province" around a name, in the languages of the lists and of common address forms. */
const kinds =
  'province|provincia|provincie|provincial|state|estado|region|regione|regiao|county|district|distrito|prefecture|oblast|governorate|muhafazat|wilayat|department|departement|departamento|departament|municipality|municipio|parish|emirate|voivodeship|wojewodztwo|raion|rayon|rajon|krai|kray|city|division|territory|canton|kanton|cantone|land|lan|lani|maakond|maakunta|zupanija|megye|apskritis|savivaldybe|novads|judet|judetul|kraj|okres|obcina|opcina|fylke|amt|qarku i|qarku|qark|il|ili|ilcesi|vilayet|viloyati|oblysy|oblasty|changwat|amphoe|khwaeng|khet|daerah|kabupaten|kota|provinsi|sheng|shi|xian|qu|ken|fu|to|do|si|gun|tinh|thanh pho|respublika|republic|autonomous region|autonomous republic|autonomous community|comunidad autonoma|comunidad|communaute|ostan|mkoa|okrug|opstina|periferia|dimos|nomos|apskr|nov|область|обл|край|республика|вобласць|област';
const before = new RegExp(`^(?:${kinds})(?: (?:of|de|di|do|da|del|della|des|du))? (?=.)`);
const behind = new RegExp(`(?<=.) (?:${kinds})$`);

/** Names of provinces in half of all countries. They are ambiguous without the word for "province". */
const directions =
  /^(?:north|south|east|west|central|nord|sud|est|ouest|norte|sur|sul|este|oeste|centre|centro|centrale|ost|zentral)$/;

/** A folded name without the word for its kind: `kanton zurich` -> `zurich`, `rapla maakond` -> `rapla`. */
export function bareName(folded: string): string {
  if (!folded.includes(' ')) return folded;
  const bare = folded.replace(before, '').replace(behind, '');
  return directions.test(bare) ? folded : bare;
}
