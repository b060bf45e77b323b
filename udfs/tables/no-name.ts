/**
 * Placeholders in the cell of a name. Only words that are no name anywhere: Blank and Empty are family names, and so are Null, Nan and
 * Nil if they are capitalised.
 */

/** Placeholders that fill the whole cell. */
const alone = `
null|none|undefined|unknown|nil|nan|n.a.|n.a|n/a.|not provided|not available|not applicable|not specified|not given|not known|not set|not entered
not disclosed|not found|not on file|none given|none provided|no name|no first name|no last name|no surname|noname|no data|no value|no entry
nofirstname|nolastname|name unknown|unknown name|name not provided|first name|last name|firstname|lastname|first_name|last_name|family name
given name|given names|your name|tbd|tba|to be determined|to be confirmed|fnu|lnu|nfn|nln|getting_data
keine angabe|keine angaben|nicht angegeben|nicht bekannt|nicht vorhanden|unbekannt|ohne namen|kein name|vorname|nachname
inconnu|inconnue|non renseigné|non renseignée|non communiqué|non disponible|sans nom|sans prénom|prénom|nom de famille|non précisé
desconocido|desconocida|no disponible|no informado|no aplica|no especificado|sin nombre|sin apellido|sin datos|sin dato|no consta|apellido|apellidos
desconhecido|desconhecida|não informado|nao informado|não disponível|não consta|sem nome|sem sobrenome|sem informação|sobrenome
sconosciuto|sconosciuta|non disponibile|non specificato|non fornito|senza nome|cognome|onbekend|niet opgegeven|niet bekend|geen naam|achternaam
voornaam|ukjent|ukendt|okänd|ej angivet|ikke oppgitt|ikke angivet|tuntematon|ei tiedossa|nieznany|nieznane|nie podano|brak danych|neznámý|neznámy
neuvedeno|neuvedené|ismeretlen|nincs megadva|necunoscut|nespecificat|nepoznato|nepoznat|bilinmiyor|belirtilmemiş|άγνωστο|άγνωστος
неизвестно|неизвестный|неизвестен|не указано|не указан|нет данных|нет имени|без имени|невідомо|не вказано|имя|фамилия|غير معروف|لا يوجد|غير متوفر|بدون اسم
ناشناس|نامشخص|לא ידוע|אין|अज्ञात|উল্লেখ নেই|不明|未知|未填写|未填|无名|無名氏|无|無|暂无|なし|無し|未入力|未設定|未登録|없음|미상|알수없음|ไม่ทราบ|ไม่มี|ไม่ระบุ|không có
không rõ|tidak ada|tidak diketahui
`;

/** Words that are a name if they stand alone, and a placeholder in brackets: `(blank)`. */
const inBrackets = `
blank|empty|missing|name|na|no|nothing|default|deleted|redacted|removed|hidden|anonymous|test|first|last|leer|vide|vacío|vacio|vazio|vuoto|leeg|tom|пусто|空
`;

const wordsOf = (text: string): readonly string[] => text.trim().split(/[|\n]/);
/** The placeholders, in lower case. */
export const wordsForNothing: ReadonlySet<string> = new Set(wordsOf(alone));
const remarks: ReadonlySet<string> = new Set([...wordsForNothing, ...wordsOf(inBrackets)]);

/** Beginnings of placeholders: three characters, an ASCII letter by its place in the alphabet, any other as 0. Most names have none. */
const starts = new Uint32Array(32 * 32 * 32);
const otherStarts = new Set<string>(['«']);
function placeOf(code: number): number {
  const place = (code | 32) - 96;
  return place >= 1 && place <= 26 ? place : 0;
}
const startOf = (text: string): number =>
  placeOf(text.charCodeAt(0)) * 1024 + placeOf(text.charCodeAt(1)) * 32 + placeOf(text.charCodeAt(2));
/** A bit for each length of a placeholder with this beginning. */
for (const word of wordsForNothing) {
  starts[startOf(word)] = (starts[startOf(word)] ?? 0) | (1 << word.length);
  if (word.charCodeAt(0) >= 128) otherStarts.add(word.charAt(0)).add(word.charAt(0).toUpperCase());
}

// The placeholder `xxx` may have any number of them.
starts[startOf('xxx')] = ~0;

const isSlash = (code: number): boolean => code === 47 || code === 92;

/** Can a text with this beginning be a placeholder? Looks at three characters only. */
export function isSuspect(text: string): boolean {
  const first = text.charCodeAt(0);
  if (first >= 128) return otherStarts.has(text.charAt(0));
  return (
    starts[startOf(text)] !== 0 || placeOf(first) === 0 || isSlash(text.charCodeAt(1)) || isSlash(text.charCodeAt(2))
  );
}

/** A bit for each length at which a text of ASCII letters with this beginning can be a placeholder. Looks at three characters only. */
export function suspectLengths(text: string): number {
  return starts[startOf(text)] ?? 0;
}

/** Has a placeholder this length, by the bits of `suspectLengths`? */
export function isSuspectAt(lengths: number, length: number): boolean {
  return length <= longest && ((lengths >>> length) & 1) === 1;
}

/** Real names that equal a placeholder in lower case. */
const names = new Set(['Null', 'Nan', 'Nil']);

/** The length of the longest placeholder. */
const longest = 24;

/** Marks around a remark, and at its end. */
const bracketed = /^[([{<«"'*_-]+\s*(.*?)\s*[)\]}>»"'*_-]+$/;
const finalMarks = /(?<=.)[.!?,;:]+$/;

/** Spreadsheet errors in any language (`#REF!`, `#BEZUG!`, `#¡VALOR!`, `#NOM?`, `#N/A`), and letters with a slash (`n/a`, `s/n`, `н/д`). */
const damage = /^#\S{1,14}[!?]$|^#?[^\W\d_][/\\][^\W\d_]$|^#?н\/д$|^\\n$|^#nv$|^#n\/?d$/i;

/** Any character other than a letter. A text without one is a listed placeholder or none. */
const notLetters = /[\0-@[-`{-~«»]/;

/** Is the text, without spaces around it, a placeholder instead of a name? */
export function isNoName(text: string): boolean {
  if (text.length > longest || !isSuspect(text) || names.has(text)) return false;
  const key = text.toLowerCase();
  if (wordsForNothing.has(key)) return true;
  if (!notLetters.test(text)) return /^x{3,}$/.test(key);
  if (damage.test(text) || wordsForNothing.has(key.replace(finalMarks, ''))) return true;
  const remark = bracketed.exec(key)?.[1];
  if (remark !== undefined) return remarks.has(remark) || damage.test(remark);
  return (
    key.includes(' ') &&
    text.split(' ').every((word) => !names.has(word) && (wordsForNothing.has(word.toLowerCase()) || damage.test(word)))
  );
}
