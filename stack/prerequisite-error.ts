/**
 * Prerequisites of the local stack on the machine: Java, Maven, a system user, a platform.
 * A caller can distinguish this error from a broken server and fall back, for example to the file source.
 */
export type PrerequisiteCode =
  | 'java-missing'
  | 'java-too-old'
  | 'maven-missing'
  | 'maven-failed'
  | 'postgres-binaries-missing'
  | 'server-user-missing'
  | 'platform-unsupported'
  | 'mariadb-binaries-missing'
  | 'port-taken';

/** A prerequisite is missing. `message` says which and why; `fix` is a command or step that fixes it. */
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
