/**
 * What the local stack needs from the machine and does not bring along (Java, Maven, a system user).
 * A caller can tell this error from a broken server and choose another way, such as the file source.
 */
export type PrerequisiteCode =
  | 'java-missing'
  | 'java-too-old'
  | 'maven-missing'
  | 'maven-failed'
  | 'postgres-binaries-missing'
  | 'postgres-user-missing'
  | 'port-taken';

/** Something outside the project is missing. `message` says what and why, `fix` is a command (or step) that cures it. */
export class PrerequisiteError extends Error {
  override readonly name = 'PrerequisiteError';
  readonly code: PrerequisiteCode;
  readonly fix: string;

  constructor(code: PrerequisiteCode, message: string, fix: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.fix = fix;
  }
}
