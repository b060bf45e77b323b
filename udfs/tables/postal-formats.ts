/**
 * Shapes of postal codes by country, from the Universal Postal Union (upu.int, "Universal POST*CODE database"), with the ranges in use
 * where they tell countries apart.
 */
import { memoize } from '../memo.ts';

/**
 * A line is `country shape… [:ranges]`. In a shape `#` is a digit, `@` a letter, `~` an optional space, any other character itself.
 * Ranges are of the leading digits (`01-52` compares two of them). The list is generous on purpose: a missing country would turn a right
 * answer into a contradiction, a surplus one only leaves a question open.
 */
const formats = `
AD ### :100-700
AF #### :1001-4399
AI #### :2640-2640
AL #### :1000-9999
AM #### :0000-4299
AR #### @####@@@ :1000-9499
AS ##### #####-#### :96799-96799
AT #### :1000-9999
AU #### :0200-0299,0800-7999
AX ##### :22000-22999
AZ #### :0100-7199
BA ##### :70-80,88-89
BB ##### :10-29
BD #### :1000-9499
BE #### :1000-9999
BG #### :1000-9999
BH ### #### :100-1299
BL ##### :97133-97133
BM @@~## @@~@@
BN @@~####
BO ####
BR #####-### ######## :01-99
BT ##### :11-45
BY ###### :210-213,220-231,246-247
CA @#@~#@# @#@-#@# @#@
CC #### :6799-6799
CH #### :1000-9699
CL ####### ###-#### :100-999
CN ###### :01-07,10-13,15-16,20-27,30-36,40-47,51-57,61-67,71-75,81-86
CO ###### :05-05,08-08,11-11,13-13,15-15,17-20,23-23,25-25,27-27,41-41,44-44,47-47,50-50,52-52,54-54,63-63,66-66,68-68,70-70,73-73,76-76,81-81,85-86,88-88,91-91,94-95,97-97,990-997
CR ##### :101-120,201-216,301-308,401-410,501-511,601-613,701-706
CU ##### :10-99
CV #### :1100-8499
CX #### :6798-6798
CY #### :1000-9999
CZ ###~## :1-7
DE ##### :01-04,06-10,12-42,44-61,63-99
DK #### :0500-9999
DO ##### :10-11,21-25,31-34,41-43,51-57,61-64,71-72,81-84,91-94
DZ ##### :01-58
EC ###### :01-24
EE ##### :10-99
EG ##### :11-85
EG #######
ES ##### :01-52
ET #### :1000-9999
FI ##### :00-99
FK @@@@~#@@
FM ##### #####-#### :96941-96944
FO ### :100-970
FR ##### :01-95
GB @#~#@@ @##~#@@ @@#~#@@ @@##~#@@ @#@~#@@ @@#@~#@@
GB @# @## @@# @@## @#@ @@#@
GE #### :0100-6999
GF ##### :97300-97399
GG @@#~#@@ @@##~#@@
GI @@##~#@@
GL #### :3900-3999
GN ### :001-999
GP ##### :97100-97199
GR ###~## :10-85
GS @@@@~#@@
GT ##### :01-22
GU ##### #####-#### :96910-96932
GW #### :1000-9999
HN ##### :11-55
HN @@####
HK ###### :999077-999077
HR ##### :10-10,20-23,31-35,40-40,42-44,47-49,51-53
HT #### :1100-9999
HU #### :1000-9999
ID ##### :10-17,20-99
IE @##~@@@@ @##~@@@# @##~@@#@ @##~@@## @##~@#@@ @##~@#@# @##~@##@ @##~@###
IE @#@~@@@@ @#@~@@@# @#@~@@#@ @#@~@@## @#@~@#@@ @#@~@#@# @#@~@##@ @#@~@###
IE @## @#@
IL #######
IL ##### :10-99
IM @@#~#@@ @@##~#@@
IN ###### ###~### :11-85
IO @@@@~#@@
IQ ##### :10-68
IR ##### ########## :11-11,13-19,31-31,33-39,41-41,43-49,51-51,53-59,61-61,63-69,71-71,73-79,81-81,83-89,91-91,93-99
IR #####-##### :1-9
IS ### :101-902
IT ##### :00-98
JE @@#~#@@ @@##~#@@
JM @@@@@##
JO ##### :11-77
JP ###-#### #######
KE ##### :00-90
KG ###### :720-725
KH ##### :01-25
KH ###### :01-25
KR ##### :01-63
KR ###-### :100-799
KW ##### :00-99
KY #-####
KZ ###### :01-16
KZ @##@#@#
LA ##### :01-18
LB ####~####
LB #### :1000-9999
LI #### :9485-9499
LK ##### :00-99
LR #### :1000-9999
LS ### :100-999
LT ##### :00-99
LU #### :1000-9999
LV #### :1000-5799
LY ##### :13-89
MA ##### :10-95
MC ##### :98000-98099
MD #### :2000-7799
ME ##### :81-85
MF ##### :97150-97150
MG ### :101-722
MH ##### #####-#### :96960-96970
MK #### :1000-7999
MM ##### :01-15
MM ####### :01-15
MN ##### ###### :11-85
MO ###### :999078-999078
MP ##### #####-#### :96950-96952
MQ ##### :97200-97299
MT @@@~#### @@@~###
MU ##### :11-98
MV ##### :00-22
MW ###### :101-399
MX ##### :01-16,20-99
MY ##### :01-02,05-18,20-28,30-36,39-48,50-60,62-64,68-73,75-91,93-98
MZ #### :1100-3399
NC ##### :98800-98899
NE #### :1000-9999
NF #### :2899-2899
NG ###### :10-98
NI ##### :11-95
NL ####~@@ #### :1000-9999
NO #### :0000-9999
NP ##### :10-57
NR @@@##
NZ #### :0100-9999
OM ### :100-999
PA ##### :00-13
PA #### :0800-0850
PE ##### :01-25
PF ##### :98700-98799
PG ### :111-649
PH #### :0400-9899
PK ##### :10-98
PL ##-### ##### :00-99
PM ##### :97500-97599
PN @@@@~#@@
PR ##### #####-#### :006-007,009-009
PS ###
PT ####-### ####~### #### :1000-9999
PW ##### #####-#### :96939-96940
PY #### :1000-9999
PY ###### :00-18
RE ##### :97400-97499,97800-97899
RO ###### :01-08,10-14,20-24,30-33,40-45,50-55,60-62,70-73,80-82,90-92
RS ##### :11-12,14-19,21-26,31-38
RU ###### :101-144,150-199,214-216,236-238,241-243,248-249,295-309,344-369,385-386,390-469,600-694
SA ##### #####-#### :11-89
SC @#@@@
SD ##### :11-79
SE ###~## :10-98
SG ###### :01-82
SH @@@@~#@@
SI #### :1000-9600
SJ #### :8099-8099,9170-9179
SK ###~## :0-0,8-9
SM ##### :47890-47899
SN ##### :10-46
SO @@~#####
SV #### :1100-3399
SZ @###
TC @@@@~#@@
TH ##### :10-27,30-58,60-67,70-77,80-86,90-96
TJ ###### :734-735
TM ###### :744-746
TN #### :1000-9199
TR ##### :01-81
TT ###### :10-97
TW ### ##### :100-983
TW ###### :100-983
TZ ##### :11-77
UA ##### :01-99
US ##### #####-#### ######### :00501-96162,96701-96898,967-968,970-999
UY ##### :11-97
UZ ###### :10-23
VA ##### :00120-00120
VC #### :0100-0199
VE #### :1000-8999
VE ####-@
VG #### :1110-1160
VI ##### #####-#### :00801-00851
VN ###### :10-98
VN ##### :01-99
WF ##### :98600-98699
WS #### :1000-9999
YT ##### :97600-97699
ZA #### :0001-9999
ZM ##### :10-60
`;

/** Prefixes before the digits that differ from the ISO code: the former car signs in Europe. */
const signs = new Map([
  ['A', 'AT'],
  ['B', 'BE'],
  ['D', 'DE'],
  ['F', 'FR'],
  ['I', 'IT'],
  ['L', 'LU'],
  ['S', 'SE'],
  ['E', 'ES'],
  ['N', 'NO'],
  ['FIN', 'FI'],
  ['FL', 'LI'],
  ['GUX', 'GN'],
]);

/** Codes of one shape whose letters tell the country: start of the code to country. */
const letterAreas: readonly (readonly [RegExp, string])[] = [
  [/^NRU/, 'NR'],
  [/^JE\d/, 'JE'],
  [/^GY\d/, 'GG'],
  [/^IM\d/, 'IM'],
  [/^GX11/, 'GI'],
  [/^FIQQ/, 'FK'],
  [/^(?:ASCN|STHL|TDCU)/, 'SH'],
  [/^TKCA/, 'TC'],
  [/^PCRN/, 'PN'],
  [/^SIQQ/, 'GS'],
  [/^BBND/, 'IO'],
];

type Format = {
  readonly country: string;
  readonly ranges: readonly (readonly [string, string])[];
  /** Do the leading characters decide all ranges? */
  readonly isShort: boolean;
};

/** Number of leading characters that decide nearly all formats. The ranges of small territories are longer. */
const lead = 3;

const byShape = new Map<string, Format[]>();
const withCodes = new Set<string>();
/** Countries whose codes may begin with a zero. */
const zeroLed = new Set<string>();
for (const line of formats.trim().split('\n')) {
  const [country = '', ...rest] = line.split(' ');
  withCodes.add(country);
  const ranges = (rest.find((word) => word.startsWith(':')) ?? ':')
    .slice(1)
    .split(',')
    .filter((range) => range.includes('-'))
    .map((range): readonly [string, string] => [range.split('-')[0] ?? '', range.split('-')[1] ?? '']);
  const isShort = ranges.every(([from]) => from.length <= lead);
  if (ranges.length === 0 || ranges.some(([from]) => from.startsWith('0'))) zeroLed.add(country);
  for (const word of rest) {
    if (word.startsWith(':')) continue;
    for (const shape of word.includes('~') ? [word.replace('~', ''), word.replace('~', ' ')] : [word]) {
      const listed = byShape.get(shape);
      if (listed === undefined) byShape.set(shape, [{ country, ranges, isShort }]);
      else listed.push({ country, ranges, isShort });
    }
  }
}

function inRange(code: string, format: Format): boolean {
  if (format.ranges.length === 0) return true;
  for (const [from, to] of format.ranges) {
    const lead = code.slice(0, from.length);
    if (lead >= from && lead <= to) return true;
  }
  return false;
}

const prefixed = /^([A-Z]{1,3})[- ]?(\d[\d -]*)$/;

/** French business mail (CEDEX): the word alone names the country, the digits the place. */
const cedex = / ?CEDEX\b.*$/;

/** Countries that the French post serves. */
export const frenchPost: ReadonlySet<string> = new Set([
  'FR',
  'MC',
  'GP',
  'MQ',
  'GF',
  'RE',
  'YT',
  'PM',
  'BL',
  'MF',
  'NC',
  'PF',
  'WF',
]);

const digitsOnly = /^\d{3,10}$/;

function shapeOf(code: string): string {
  if (digitsOnly.test(code)) return '##########'.slice(0, code.length);
  return code.replace(/\d/g, '#').replace(/[A-Z]/g, '@');
}

type Sorted = { readonly certain: readonly string[]; readonly open: readonly Format[] };

/** The formats of a shape, split once for all codes with the same lead, so that most codes need no check of their own. */
const sortOut = memoize(4096, (shapeAndLead: string): Sorted => {
  const start = shapeAndLead.slice(-lead);
  const certain: string[] = [];
  const open: Format[] = [];
  for (const format of byShape.get(shapeAndLead.slice(0, -lead)) ?? []) {
    if (format.isShort) {
      if (inRange(start, format) && !certain.includes(format.country)) certain.push(format.country);
    } else if (format.ranges.some(([from, to]) => from.slice(0, lead) <= start && start <= to.slice(0, lead))) {
      open.push(format);
    }
  }
  return { certain, open };
});

function matching(code: string): readonly string[] {
  if (code.length < lead) return [];
  const { certain, open } = sortOut(shapeOf(code) + code.slice(0, lead));
  if (open.length === 0) return certain;
  const found = [...certain];
  for (const format of open) if (inRange(code, format) && !found.includes(format.country)) found.push(format.country);
  return found;
}

/** The shape that the British overseas territories and islands share with Great Britain. */
const island = /^[A-Z]{2}\d|^[A-Z]{4} ?\d[A-Z]{2}$/;
const islands = new Set(letterAreas.map(([, country]) => country));

/**
 * Codes whose shape fits any word, and only their letters are specific: the parishes of Bermuda, the localities of Malta without a number,
 * the areas of Great Britain (Royal Mail, Bermuda Post Office, MaltaPost). So `null`, `zip` and `A1` are no codes.
 */
const bermudian = /^(?:CR|DD|DV|FL|GE|HM|HS|MA|PG|SB|SN|WK)/;
const bermudianBox = /^(?:CR|DD|DV|FL|GE|HM|HS|MA|PG|SB|SN|WK) [A-Z]{2}$/;
const maltese = new Set(
  'ATD BBG BKR BML BRG BZN CBD DGL FGR FNT FRN GDJ GHR GRB GSM GSR GXQ GZR HMR IKL ISL KCM KKP KKR KRC LJA LQA MDN MDL MFN MGR MLH MQB MRS MSD MSK MST MTF MTP MXK MXR NDR NXR PBK PLA PTA QLA QRD QRM RBT SFI SGN SGW SLC SLM SLZ SNT SPB STJ SVR SWQ TXN VCT VLT XBX XEW XGH XJR XLN XRA XWK ZBB ZBG ZBR ZRQ ZTN'.split(
    ' ',
  ),
);
const british = new Set(
  'AB AL B BA BB BD BH BL BN BR BS BT BX CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK FY G GL GU HA HD HG HP HR HS HU HX IG IP IV KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE'.split(
    ' ',
  ),
);
const onlyLetters = /^[A-Z ]+$/;
const firstLetters = /^[A-Z]+/;

/** Drops the countries that have codes of this shape, but never with these letters. */
function withTheirLetters(code: string, found: readonly string[]): readonly string[] {
  if (onlyLetters.test(code)) {
    if (maltese.has(code)) return ['MT'];
    return bermudianBox.test(code) ? ['BM'] : [];
  }
  const letters = firstLetters.exec(code)?.[0];
  if (letters === undefined) return found;
  return found.filter((country) =>
    country === 'GB' ? british.has(letters) : country === 'BM' ? bermudian.test(code) : true,
  );
}

/** Has the country postal codes at all? */
export function hasPostalCodes(country: string): boolean {
  return withCodes.has(country);
}

const digitsWithRest = /^([1-9]\d{1,6})(-\d{3,4})?$/;

/**
 * Spreadsheets take codes for numbers: `02210` becomes `2210`, `00184` becomes `184`. Does the country have such a code with one or two
 * zeros in front?
 */
export function mayHaveLostZeros(country: string, text: string): boolean {
  if (!zeroLed.has(country)) return false;
  const [, digits, rest = ''] = digitsWithRest.exec(text) ?? [];
  if (digits === undefined) return false;
  return matching(`0${digits}${rest}`).includes(country) || matching(`00${digits}${rest}`).includes(country);
}

/** Countries in which the text can be a postal code. An empty list if no listed country has such a code. */
export function postalCountries(text: string): readonly string[] {
  if (digitsOnly.test(text)) return matching(text);
  const written = text.trim().toUpperCase().replace(/\s+/g, ' ').replace(/[–—‐]/g, '-');
  const code = written.replace(cedex, '');
  if (code.length < 3 || code.length > 12) return [];
  if (code !== written) return matching(code).filter((country) => frenchPost.has(country));
  const sign = prefixed.exec(code);
  if (sign !== null) {
    const country = signs.get(sign[1] ?? '') ?? sign[1] ?? '';
    if (matching(sign[2] ?? '').includes(country)) return [country];
  }
  const found = withTheirLetters(code, matching(code));
  if (!island.test(code)) return found;
  for (const [start, country] of letterAreas) if (start.test(code) && found.includes(country)) return [country];
  return found.filter((country) => !islands.has(country));
}
