/** Column `phone_e164`: one text for one phone number, however it was written, so that equal numbers are equal. */
import { nationalE164, readInternational, readPhoneText } from './phone.ts';

/**
 * The number in E.164 form (`+49 30 901820` and `030 901820` in Germany are both `+4930901820`). An international number is read by
 * itself, a national one in `country`, the country of the user. Null where it is no number in use there: a number is never
 * completed by guessing. Extensions are left out.
 */
export function phoneE164(cell: string | null, country: string | boolean | null | undefined): string | null {
  if (cell === null || cell === '') return null;
  const phone = readPhoneText(cell);
  if (phone === null) return null;
  if (phone.international) return readInternational(phone.digits).e164;
  return typeof country === 'string' ? nationalE164(phone, country) : null;
}
