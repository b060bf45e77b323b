/** The product and version of a server, and whether Sluice supports it. */
import { PipelineError } from '../../../pipeline/errors.ts';

/** MariaDB is a flavor of the MySQL engine. */
export type Flavor = 'mariadb' | 'mysql';

/** What a server says about itself. */
export type ServerFacts = {
  /** The value of `version()`, such as `11.4.5-MariaDB-log` or `8.0.36`. */
  readonly version: string;
  /** The value of `@@version_comment`. */
  readonly comment: string;
  /** The value of `@@default_storage_engine`. */
  readonly storageEngine: string;
};

/** A supported server. */
export type ServerVersion = {
  readonly flavor: Flavor;
  /** Major, minor and patch number. */
  readonly version: readonly [major: number, minor: number, patch: number];
};

const oldest: { readonly [flavor in Flavor]: ServerVersion['version'] } = {
  mariadb: [10, 11, 0],
  mysql: [8, 0, 16],
};

const nameOf = (flavor: Flavor): string => (flavor === 'mariadb' ? 'MariaDB' : 'MySQL');

/** `MariaDB 11.4.5`. */
export const describeVersion = ({ flavor, version }: ServerVersion): string => `${nameOf(flavor)} ${version.join('.')}`;

/** Whether the first version is at least the second. */
export function isAtLeast(version: ServerVersion['version'], wanted: ServerVersion['version']): boolean {
  const index = version.findIndex((part, place) => part !== wanted[place]);
  return index === -1 || (version[index] ?? 0) > (wanted[index] ?? 0);
}

/** Reads the version. Throws `PipelineError` for a server that Sluice does not support. `where` names it in messages. */
export function requireSupported({ version: text, comment, storageEngine }: ServerFacts, where: string): ServerVersion {
  const flavor = /mariadb/i.test(`${text} ${comment}`) ? 'mariadb' : 'mysql';
  // MariaDB behind some proxies reports its version after the prefix 5.5.5-.
  const [, ...parts] = /^(?:5\.5\.5-)?(\d+)\.(\d+)\.(\d+)/.exec(text) ?? [];
  const [major = 0, minor = 0, patch = 0] = parts.map(Number);
  const found: ServerVersion = { flavor, version: [major, minor, patch] };
  if (!isAtLeast(found.version, oldest[flavor])) {
    throw new PipelineError('target_too_old', `${where} is ${nameOf(flavor)} ${text}`, {
      advice: `Sluice needs MariaDB ${oldest.mariadb.slice(0, 2).join('.')} or MySQL ${oldest.mysql.join('.')}, or newer: older versions do not check the counters of a checkpoint.`,
    });
  }
  if (storageEngine.toLowerCase() !== 'innodb') {
    throw new PipelineError(
      'target_not_transactional',
      `${where} makes tables in the storage engine ${storageEngine}`,
      {
        advice:
          'Rows and checkpoint commit together only in InnoDB: set default_storage_engine = InnoDB at the server (SET PERSIST or my.cnf).',
      },
    );
  }
  return found;
}
