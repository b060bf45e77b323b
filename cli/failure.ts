/** How the failure that ends a command is told: for people, or as one more line of a JSON log. */
import type { FailureKind } from '../pipeline/error-codes.ts';
import { messageOf } from '../pipeline/errors.ts';
import { PrerequisiteError } from '../stack/prerequisite-error.ts';
import { diagnose } from './diagnose.ts';
import { exitCodes } from './exit-codes.ts';

/** What ended a command. Can be sent to another process. */
export type Failure = {
  readonly code: string;
  readonly message: string;
  /** What to do about it; empty when nobody knows. */
  readonly advice: string;
  readonly kind: FailureKind;
};

/** Commands and options that help with an error of the core, which knows none. */
const hints: Readonly<Record<string, string>> = {
  breaker: '--breaker off goes on regardless.',
  rule_table_missing: '`npx sluice replicate --check` shows what becomes of each table.',
};

/** What an error means to whoever started the command. */
export function failureOf(error: unknown): Failure {
  if (error instanceof PrerequisiteError) {
    return { code: 'unknown', message: error.message, advice: error.fix, kind: 'failure' };
  }
  const { code, advice, kind } = diagnose(error);
  return { code, message: messageOf(error), advice: [advice, hints[code]].filter(Boolean).join(' '), kind };
}

/** What went wrong in one line, what to do about it in the next; or both in one object, like the lines of the log. */
export function tellFailure(
  { code, message, advice, kind }: Failure,
  format: 'pretty' | 'json' | undefined,
  tell: (line: string) => void,
): void {
  if (format === 'json') {
    tell(
      JSON.stringify({
        level: 'fatal',
        time: new Date().toISOString(),
        code,
        exit: exitCodes[kind],
        msg: message,
        advice,
      }),
    );
    return;
  }
  tell(`sluice: ${message}${code === 'unknown' ? '' : ` [${code}]`}`);
  if (advice) tell(`  ${advice}`);
}
