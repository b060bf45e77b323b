/** What a run says of itself while it works. */
import type { Logger } from '../pipeline/ports.ts';
import type { Progress } from '../pipeline/progress.ts';

/** Milliseconds between two lines about throughput. */
const lineInterval = 10_000;

/** Runs with a line every 10 s, and one at the end. */
export async function reporting(logger: Logger, progress: Progress, work: () => Promise<void>): Promise<void> {
  const say = () => {
    const line = progress.line();
    if (line) logger.info(line, 'written');
  };
  const timer = setInterval(say, lineInterval);
  try {
    await work();
  } finally {
    clearInterval(timer);
    say();
  }
  const { unknownFields } = progress.noticed;
  if (unknownFields.total > 0) {
    logger.warn(
      { unknownFields: Object.fromEntries(unknownFields.names) },
      `fields that no column takes were left out: ${unknownFields.describe()}; docs/15-your-own-data.md maps other names`,
    );
  }
  logger.info({ ...progress.books }, 'done');
}
