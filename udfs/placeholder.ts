/**
 * What legacy systems write into a cell that has no value. Compared after `fold`, so `N/A`, `n.a.` and `- none -` are covered.
 * For places only: as parts of a name some of these are real ("Null"), which is why `full-name.ts` has its own list.
 */
const placeholders = new Set(
  'n a;na;none;null;nil;nan;unknown;undefined;not applicable;not available;not specified;not provided;unspecified;other;others;misc;various;tbd;tba;x;xx;xxx;zz;zzz;country;city;state;select;select country;please select;test;blank;empty;missing;international;world;worldwide;global;0;00;000;999;keine angabe;unbekannt;inconnu;desconocido;desconhecido;sconosciuto;onbekend'.split(
    ';',
  ),
);

/** Does a folded text stand for "nothing"? The empty text does. */
export function isPlaceholder(folded: string): boolean {
  return folded === '' || placeholders.has(folded);
}
