/** Why a dump could not be loaded, with its place in the file. */

/** `message` names the file and the line. `fix` says what to do; empty if unknown. */
export class DumpError extends Error {
  override readonly name = 'DumpError';
  readonly path: string;
  /** From 1; null if the file as a whole is the problem. */
  readonly line: number | null;
  readonly fix: string;

  constructor(path: string, line: number | null, problem: string, fix = '', options?: ErrorOptions) {
    super(`${path}${line === null ? '' : `, line ${line}`}: ${problem}`, options);
    this.path = path;
    this.line = line;
    this.fix = fix;
  }
}
