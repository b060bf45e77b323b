/** What happens to a user in a life: new phone, new home, new mailbox, new name, a corrected row. */
import { describePerson, drawEmail, drawPhone, type LegacyUser, type Person, settle } from './legacy-user.ts';
import { pools } from './names.ts';
import type { Prng } from './prng.ts';

/** Changes the row in place; it stays in one country, and agrees with itself where it did before. */
export function changeUser(prng: Prng, person: Person, user: LegacyUser): void {
  const dice = prng.below(100);
  if (dice < 35) user.phone = drawPhone(prng, person);
  else if (dice < 60) {
    person.city = prng.pick(person.home.cities);
    settle(prng, person, user);
    user.phone = drawPhone(prng, person);
  } else if (dice < 80) user.email = drawEmail(prng, person);
  else if (dice < 90) {
    person.last = prng.pick(pools[person.home.names].last);
    user.last_name = person.last.native;
  } else Object.assign(user, describePerson(prng, person));
}
