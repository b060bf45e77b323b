/** MySQL and MariaDB keep their catalogue in utf8mb3: names, comments, and the labels of ENUM. */

/** Whether the catalogue can keep a text: it turns characters beyond U+FFFF, such as emoji, into question marks. */
export const fitsCatalogue = (text: string): boolean => !/[\u{10000}-\u{10ffff}]/u.test(text);
