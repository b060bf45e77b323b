/** Collations that keep `a`, `A` and `a ` apart. */
import type { Flavor } from './connection/server-version.ts';

/** By flavor, because `utf8mb4_bin`, and MariaDB's `utf8mb4_0900_bin`, take `a` and `a ` for one value. */
export const exactCollation: { readonly [flavor in Flavor]: string } = {
  mariadb: 'utf8mb4_nopad_bin',
  mysql: 'utf8mb4_0900_bin',
};
