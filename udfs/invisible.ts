/**
 * Invisible characters: soft hyphen, zero-width spaces and joiners, marks and embeddings of the writing direction, variation selectors,
 * the byte order mark, tags. Copied text often contains them. They are listed here (Default_Ignorable_Code_Point of Unicode, and the
 * annotation marks), because the meaning of `\p{Cf}` changes with Node's Unicode version.
 */
const ranges =
  '\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb\\u{1bca0}-\\u{1bca3}\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e0fff}';
const invisible = new RegExp(`[${ranges}]+`, 'gu');

/** The text without invisible characters. */
export function withoutInvisible(text: string): string {
  return text.replace(invisible, '');
}
