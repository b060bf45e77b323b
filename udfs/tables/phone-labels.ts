/**
 * Words beside a phone number: the kind of line, its place, its name. Only these are skipped. A number after any other word (`Passport:`,
 * `ICQ:`) need not be a phone number.
 */

/** Lower case, without accents of Latin, Greek and Cyrillic. */
function foldLabel(word: string): string {
  return word
    .toLowerCase()
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC');
}

const words = new Set(
  `
tel tele telephone telephones phone phones ph fon fone mobile mobiles mob cell cells cellphone cellular handset home work office private
personal business main direct landline land line fax number num no nr contact call sms text whatsapp wa viber telegram signal wechat
imessage callto day daytime evening voice primary secondary international intl
t m p h w o f c d g
telefon telefonnummer telefonnr telnr rufnummer handy handynummer handynr mobil mobilnummer mobiltelefon mobilfunk festnetz privat
geschäftlich dienstlich büro zentrale nummer
téléphone portable fixe domicile bureau numéro gsm port mob n
teléfono teléfonos telefone móvil celular cel fijo fixo telemóvel tlf tfno tfn tlfno telf tlm tfn casa oficina trabajo trabalho
escritório número contacto contato linea línea recados
telefono cellulare fisso ufficio numero abitazione recapito
telefoon telefoonnummer mobiel vast thuis werk kantoor
mobiltlf hem arbete hjem arbejde jobb telefonnummer puhelin puh matkapuhelin kännykkä puhelinnumero koti työ sími farsími heima
kom komórka komórkowy komórkowa numer stacjonarny dom praca číslo domů práce pevná linka mobilné mobilní
telefonszám mobiltelefon otthoni munkahelyi telefonul fix acasă serviciu
cep ceptel iş ev numara numarası telefonu mobitel broj kućni telefoni mobilus telefonas tālrunis talr mobilais mobiil mobiiltelefon telefons
điện thoại di động số đt sđt dđ đtdđ sdt dt cố định
telepon telp hp handphone ponsel nomor nomer bimbit simu namba selfoon foon
тел телефон телефоны моб мобильный мобильник мобилен мобилни мобільний сот сотовый дом домашний раб рабочий номер факс т м тлф тф городской
телефонен стационарен служебен фиксни стаціонарний ұялы уялы
τηλ τηλέφωνο τηλέφωνα κιν κινητό σταθερό αριθμός οικία εργασία
ტელ ტელეფონი მობ მობილური հեռ հեռախոս բջջ բջջային
هاتف الهاتف تلفون تليفون جوال الجوال موبايل محمول المحمول رقم نقال النقال فاكس منزل عمل خلوي
تلفن موبایل همراه شماره ثابت تماس فون نمبر
טלפון טל נייד פלאפון בית עבודה פקס
फोन फ़ोन दूरभाष मोबाइल टेलीफोन नंबर फोननंबर ফোন মোবাইল টেলিফোন নম্বর தொலைபேசி கைபேசி ఫోన్ మొబైల్ ఫోను
電話 電話番号 携帯 携帯電話 携帯番号 固定電話 自宅 勤務先 会社 番号 連絡先
电话 电话号码 手机 手机号 手机号码 座机 固话 联系电话 联系方式 传真 移动电话 号码 办公电话 住宅电话
電話號碼 手機 手機號碼 行動電話 流動電話 聯絡電話 號碼 市話 傳真 公司 住家
전화 전화번호 휴대폰 휴대폰번호 핸드폰 휴대전화 휴대 연락처 번호 집 회사 팩스 집전화
โทร โทรศัพท์ เบอร์ เบอร์โทร เบอร์โทรศัพท์ มือถือ บ้าน โทรสาร ໂທ ໂທລະສັບ ទូរស័ព្ទ ពុន ဖုန်း
ስልክ ሞባይል
`
    .trim()
    .split(/\s+/)
    .map(foldLabel),
);

const separators = /[\s.:;,=#\u00b0\u00ba\u2116()[\]<>*/|'"_-]+/;

/** Does the text consist of such words only, at least one? */
export function isPhoneLabel(text: string): boolean {
  const found = text.split(separators).filter((word) => word !== '');
  return found.length > 0 && found.length <= 4 && found.every((word) => words.has(foldLabel(word)));
}
