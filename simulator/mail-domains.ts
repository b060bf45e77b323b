/** Invents mail domains of all kinds. There are enough names of organizations that most domains are distinct. */
import type { Country } from './country.ts';
import type { Prng } from './prng.ts';

/** The kind of mailbox that a domain provides. */
export type MailKind =
  | 'personal'
  | 'corporate'
  | 'educational'
  | 'government'
  | 'military'
  | 'nonprofit'
  | 'disposable';

const words = (text: string): readonly string[] => text.split(' ');

const worldwide = words('gmail.com gmail.com gmail.com yahoo.com outlook.com hotmail.com icloud.com proton.me gmx.net');
const throwaway = words(
  'mailinator.com guerrillamail.com 10minutemail.com yopmail.com trashmail.com temp-mail.org sharklasers.com maildrop.cc dispostable.com',
);
const front = words(
  'amber arctic autumn birch blue bright cedar clear copper coral crimson delta eastern elder ember fern frost golden granite green harbor hazel indigo ivory lunar maple north oak pine quiet raven river silver solar stone summit timber west willow',
);
const back = words(
  'bay bridge brook cliff coast creek crest dale falls field forge gate glen grove haven hill lake ledge meadow mill moor peak point port ridge shore spring valley vale view wharf wood yard',
);
const trades = words('logistics foods labs systems tooling textiles freight optics interiors energy media partners');
const causes = words('relief foundation shelter library orchestra conservation volunteers');
const services = words('army navy airforce');

const kinds: readonly MailKind[] = (
  [
    ['personal', 55],
    ['corporate', 26],
    ['educational', 7],
    ['government', 4],
    ['military', 2],
    ['nonprofit', 4],
    ['disposable', 2],
  ] as const
).flatMap(([kind, share]) => new Array<MailKind>(share).fill(kind));

/** Draws a kind by its share. */
export const drawMailKind = (prng: Prng): MailKind => prng.pick(kinds);

const organization = (prng: Prng): string => prng.pick(front) + prng.pick(back);

/** Invents a domain of the kind in the country. Countries without military domains use `*.mil`. */
export function drawDomain(prng: Prng, kind: MailKind, country: Country): string {
  switch (kind) {
    case 'personal':
      return country.providers.length > 0 && prng.chance(0.4) ? prng.pick(country.providers) : prng.pick(worldwide);
    case 'disposable':
      return prng.pick(throwaway);
    case 'corporate': {
      const name = `${organization(prng)}-${prng.pick(trades)}`;
      return prng.chance(0.3) ? `${name}.com` : country.company.replace('*', name);
    }
    case 'educational':
      return country.university.replace('*', organization(prng));
    case 'government':
      return country.government.replace('*', organization(prng));
    case 'military':
      return (country.military ?? '*.mil').replace('*', prng.pick(services));
    case 'nonprofit':
      return country.charity.replace('*', `${organization(prng)}-${prng.pick(causes)}`);
  }
}
