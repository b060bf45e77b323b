/**
 * Damaged and misplaced cells as spreadsheets, forms and exports leave them in real tables. A careful reader would still recognise the
 * country. Each group is one kind of damage.
 */
import { type Case, kind } from '../test/country-cases.ts';

kind('a postal code without its leading zeros', [
  [{ city: 'Boston', state: 'MA', postal_code: '2210' }, 'US'],
  [{ city: 'Boston', state: 'MA', postal_code: '2210', phone: '(617) 555-0123' }, 'US'],
  [{ city: 'Boston', state: 'MA', postal_code: '2210', phone: '+1 617 555 0123' }, 'US'],
  [{ city: 'Roma', postal_code: '184' }, 'IT'],
  [{ city: 'Alicante', postal_code: '3001' }, 'ES'],
  [{ city: 'Dresden', postal_code: '1067' }, 'DE'],
  [{ city: 'Leipzig', state: 'Sachsen', postal_code: '4109' }, 'DE'],
  [{ city: 'Nice', postal_code: '6000' }, 'FR'],
  [{ city: 'Newark', state: 'NJ', postal_code: '7102' }, 'US'],
  [{ city: 'Hartford', state: 'Connecticut', postal_code: '6103' }, 'US'],
  [{ city: 'Newark', state: 'NJ', postal_code: '7102-1234' }, 'US'],
  [{ city: 'Portland', state: 'ME', postal_code: '4101.0' }, 'US'],
  [{ city: 'Helsinki', postal_code: '100' }, 'FI'],
  [{ city: 'Bucuresti', postal_code: '10011' }, 'RO'],
  [{ city: 'São Paulo', postal_code: '1310100' }, 'BR'],
  [{ city: 'Singapore', postal_code: '18956' }, 'SG'],
  [{ city: 'Oslo', postal_code: '150' }, 'NO'],
  [{ city: 'Ankara', postal_code: '6100' }, 'TR'],
  [{ city: 'Seoul', postal_code: '3051' }, 'KR'],
  [{ city: 'Ciudad de México', postal_code: '6600' }, 'MX'],
  [{ state: 'Massachusetts', postal_code: '1201' }, 'US'],
  [{ phone: '+39 055 27681', postal_code: '184' }, 'IT'],
  [{ city: 'Wien', postal_code: '1220' }, 'AT'],
  [{ postal_code: '2210' }, null],
]);

kind('a word where the postal code should be', [
  ...'null|none|test|xxxx|NaN|zip|N/A|\\N|#REF!|(blank)|abcd|city|asdf|code|n.a.|foo|TBD|void|kein|nulo|????|A1|XX1 1XX|unknown'
    .split('|')
    .flatMap((postal_code): Case[] => [
      [{ postal_code }, null],
      [{ postal_code, city: 'Lagos', phone: '+234 803 123 4567' }, 'NG'],
    ]),
  [{ postal_code: 'null', city: 'Lagos' }, 'NG'],
  [{ postal_code: 'HM 12' }, 'BM'],
  [{ postal_code: 'HM GX' }, 'BM'],
  [{ postal_code: 'VLT 1117' }, 'MT'],
  [{ postal_code: 'EH1 1YZ' }, 'GB'],
]);

kind('a placeholder in the state cell', [
  ...'N/A|\\N|\\\\N|#N/A|#REF!|#NV|#VALOR!|n/d|s/d|n.v.t.|--|<null>|[none]|(blank)|{{state}}|%state%|NaN|undefined|Select State|Please choose|-- select --|no data|not provided|unbekannt|non renseigné|sin especificar|não informado|nicht angegeben|onbekend|не указан|нет|غير معروف|不明|なし|없음|belirtilmemiş|nieznany|neuvedeno|sconosciuto|okänd|N\\A|Outside US|xxx|zzzz|.|???'
    .split('|')
    .map((state): Case => [{ state, city: 'Berlin', phone: '+49 30 901820' }, 'DE']),
  [{ state: 'N/A' }, null],
  [{ state: 'N/A', city: 'N/A', postal_code: 'N/A' }, null],
]);

kind('two countries in one cell, and another cell that decides between them', [
  [{ country: 'USA/Canada', city: 'Toronto', state: 'ON' }, 'CA'],
  [{ country: 'Germany/Austria', phone: '+43 1 534530' }, 'AT'],
]);

kind('the country in the neighbouring cell', [
  [{ state: 'USA' }, 'US'],
  [{ city: 'UK' }, 'GB'],
  [{ state: 'USA', city: 'Chicago' }, 'US'],
  [{ state: 'Deutschland' }, 'DE'],
  [{ state: 'Germany', city: 'Köln' }, 'DE'],
  [{ city: 'France' }, 'FR'],
  [{ city: 'Brasil', state: 'SP' }, 'BR'],
  [{ state: 'United Kingdom', city: 'Leeds' }, 'GB'],
  [{ state: 'UAE', city: 'Dubai' }, 'AE'],
  [{ state: 'U.S.A.' }, 'US'],
  [{ state: '日本', city: '大阪市' }, 'JP'],
  [{ city: 'Россия' }, 'RU'],
  [{ postal_code: 'Germany' }, 'DE'],
  [{ state: 'Georgia' }, 'US'],
  [{ state: 'Georgia', city: 'Atlanta' }, 'US'],
  [{ state: 'Georgia', city: 'Tbilisi' }, 'GE'],
  [{ country: 'Lyon' }, 'FR'],
  [{ country: 'Lyon', city: 'France' }, 'FR'],
  [{ country: 'Bayern', state: 'Deutschland' }, 'DE'],
]);

kind('a state of the United States in the country cell', [
  [{ country: 'Georgia', city: 'Atlanta', state: 'GA', postal_code: '30303', phone: '+1 404 555 0100' }, 'US'],
  [{ country: 'Georgia', city: 'Savannah', state: 'GA', postal_code: '31401' }, 'US'],
  [{ country: 'Georgia', city: 'Atlanta', postal_code: '30303' }, 'US'],
  [{ country: 'CA', city: 'Los Angeles', state: 'CA', postal_code: '90001' }, 'US'],
  [{ country: 'IN', city: 'Indianapolis', state: 'IN', postal_code: '46204', phone: '+1 317 555 0100' }, 'US'],
  [{ country: 'DE', city: 'Wilmington', state: 'DE', postal_code: '19801' }, 'US'],
  [{ country: 'Georgia' }, 'GE'],
  [{ country: 'Georgia', city: 'Tbilisi', postal_code: '0105' }, 'GE'],
  [{ country: 'Georgia', phone: '+995 32 212 3456' }, 'GE'],
  [{ country: 'CA', city: 'Toronto', state: 'ON' }, 'CA'],
  [{ country: 'CA', city: 'Los Angeles' }, 'CA'],
  [{ country: 'IN', city: 'Mumbai', phone: '+91 22 2262 0111' }, 'IN'],
  [{ country: 'DE', state: 'BW', city: 'Stuttgart', postal_code: '70173' }, 'DE'],
]);

kind('a free-mail provider under a country domain is only a hint', [
  [{ email: 'koffi@yahoo.fr', city: 'Abidjan', phone: '+225 07 07 12 34 56' }, 'CI'],
  [{ email: 'koffi@yahoo.fr', city: 'Abidjan' }, 'CI'],
  [{ email: 'a@mail.ru', city: 'Ташкент' }, 'UZ'],
  [{ email: 'a@hotmail.co.uk', city: 'Nairobi' }, 'KE'],
  [{ email: 'a@web.de', phone: '+43 1 534530' }, 'AT'],
  [{ email: 'a@gmx.de', city: 'Zürich', postal_code: '8001' }, 'CH'],
  [{ email: 'a@outlook.fr', city: 'Casablanca' }, 'MA'],
  [{ email: 'a@seznam.cz', city: 'Bratislava' }, 'SK'],
  [{ email: 'a@yahoo.co.in', city: 'Dubai', phone: '+971 50 123 4567' }, 'AE'],
  [{ email: 'a@yandex.ru', city: 'Алматы' }, 'KZ'],
  [{ email: 'a@mail.ru', city: 'Бишкек' }, 'KG'],
  [{ email: 'a@mail.ru', city: 'Ереван' }, 'AM'],
  [{ email: 'a@bk.ru', city: 'Минск' }, 'BY'],
  [{ email: 'a@mail.ru', city: 'Москва' }, 'RU'],
  [{ email: 'a@orange.fr', postal_code: '75008' }, 'FR'],
  [{ email: 'a@wp.pl', city: 'Kraków' }, 'PL'],
  [{ email: 'a@yahoo.fr' }, null],
  [{ email: 'a@firma.de' }, 'DE'],
  [{ email: 'a@firma.de', city: 'Nairobi' }, null],
  [{ email: 'a@firma.de', city: 'Wien', phone: '+43 1 534530' }, 'AT'],
]);

kind('a parish of a small island beside a city of the same or another country', [
  [{ city: 'Kingston', state: 'St. Andrew' }, 'JM'],
  [{ city: 'Kingston', state: 'Saint Andrew' }, 'JM'],
  [{ city: 'Port Antonio', state: 'St. Mary' }, 'JM'],
  [{ city: 'Bridgetown', state: 'St. Peter' }, 'BB'],
  [{ city: "St. George's", state: 'Saint George' }, 'GD'],
  [{ city: 'Berlin', state: 'St. Saviour' }, null],
  [{ city: 'Tokyo', state: 'St. Brelade' }, null],
  [{ city: 'Bridgetown', state: 'St. Michael' }, 'BB'],
  [{ city: 'Montego Bay', state: 'St. James' }, 'JM'],
  [{ city: 'Spanish Town', state: 'St Catherine' }, 'JM'],
  [{ city: 'Kingston', state: 'St. Andrew', phone: '+1 876 922 1234' }, 'JM'],
]);

kind('a postal code where the country has none', [
  [{ postal_code: '12345', city: 'Dubai', phone: '+971 50 123 4567' }, 'AE'],
  [{ postal_code: '00000', city: 'Dubai', phone: '+971 50 123 4567' }, 'AE'],
  [{ postal_code: '12345', city: 'Dubai' }, 'AE'],
  [{ postal_code: '11111', city: 'Doha', phone: '+974 4412 3456' }, 'QA'],
  [{ postal_code: '99999', city: 'Hong Kong' }, 'HK'],
  [{ postal_code: '1234', city: 'Kampala', phone: '+256 312 345678' }, 'UG'],
  [{ postal_code: '25314', city: 'Dubai' }, 'AE'],
  [{ postal_code: '00233', city: 'Accra' }, 'GH'],
  [{ postal_code: '263', city: 'Harare', phone: '+263 24 2700000' }, 'ZW'],
  [{ postal_code: '123456', city: 'Luanda', phone: '+244 222 123456' }, 'AO'],
]);

kind('a country domain in its own script', [
  [{ email: 'a@example.پاکستان' }, 'PK'],
  [{ email: 'a@example.рф' }, 'RU'],
  [{ email: 'a@example.қаз' }, 'KZ'],
  [{ email: 'a@example.ایران' }, 'IR'],
  [{ email: 'a@example.الجزائر' }, 'DZ'],
  [{ email: 'a@example.عمان' }, 'OM'],
  [{ email: 'a@example.இந்தியா' }, 'IN'],
  [{ email: 'a@example.భారత్' }, 'IN'],
  [{ email: 'a@example.இலங்கை' }, 'LK'],
  [{ email: 'a@example.ລາວ' }, 'LA'],
  [{ email: 'a@example.мон' }, 'MN'],
  [{ email: 'a@example.澳門' }, 'MO'],
  [{ email: 'a@example.新加坡' }, 'SG'],
  [{ email: 'a@example.xn--mgbai9azgqp6j' }, 'PK'],
  [{ email: 'a@example.ею' }, null],
]);

kind('a phone number that no numbering plan allows', [
  [{ phone: '+1-800-123-4567' }, null],
  [{ phone: '+1 212 123 4567' }, null],
  [{ phone: '+1 416 123 4567' }, null],
  [{ phone: '+1 000 000 0000' }, null],
  [{ phone: '+7 000 000 00 00' }, null],
  [{ phone: '+44 0000 000000' }, null],
  [{ phone: '+1-800-123-4567', city: 'Toronto', state: 'ON' }, 'CA'],
  [{ phone: '+1 416 967 1111' }, 'CA'],
]);

kind('digits, dashes and invisible marks of any script', [
  [{ postal_code: '０１３１０－１００' }, 'BR'],
  [{ postal_code: '〒100-0001' }, 'JP'],
  [{ postal_code: '٠١٣١٠-١٠٠' }, 'BR'],
  [{ postal_code: '\u200eSW1A 1AA\u200f' }, 'GB'],
  [{ postal_code: '01310\u2013100' }, 'BR'],
  [{ postal_code: 'SW1A\u00a01AA' }, 'GB'],
  [{ country: '\ufeffGermany' }, 'DE'],
  [{ country: 'Deutsch\u00adland' }, 'DE'],
  [{ country: '\u202aFrance\u202c' }, 'FR'],
  [{ country: 'ＵＳＡ' }, 'US'],
  [{ country: '840.0' }, 'US'],
  [{ country: '🇩🇪' }, 'DE'],
  [{ country: '🇫🇷 France' }, 'FR'],
  [{ country: 'Country: Germany' }, 'DE'],
  [{ city: 'Ort: München' }, 'DE'],
  [{ postal_code: 'PLZ 10115', city: 'Berlin' }, 'DE'],
  [{ postal_code: 'CEP: 01310-100' }, 'BR'],
  [{ postal_code: '"SW1A 1AA"' }, 'GB'],
  [{ postal_code: "'02210", city: 'Boston', state: 'MA' }, 'US'],
]);

kind('one damaged cell among cells that agree', [
  [{ city: 'Wien', postal_code: '1010', phone: '+49 30 901820', state: 'Wien' }, 'AT'],
  [{ city: 'Lagos', state: 'Lagos', phone: '+234 803 123 4567', postal_code: 'SW1A 1AA' }, 'NG'],
  [{ city: 'München', postal_code: '80331', state: 'Texas', phone: '+49 89 901820' }, 'DE'],
  [{ city: 'München', postal_code: '80331', state: 'Texas' }, null],
  [{ city: 'Osaka', phone: '+81 6 6208 8181', state: 'Bayern' }, 'JP'],
  [{ city: 'Paris', postal_code: '75008', phone: '+49 30 901820' }, null],
  [{ city: 'Paris', phone: '+49 30 901820' }, null],
  [{ city: 'Warszawa', state: 'Texas' }, null],
]);
