/** Finds a file before anything is connected, and says clearly why it cannot be read. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PipelineError } from '../../pipeline/errors.ts';

/**
 * The path of a file that can be read: as it is given or, when there is none, with its `%20` decoded as in an URL.
 * Throws a `PipelineError` for a missing file, a folder, and one that this user may not read.
 */
export async function findFile(given: string): Promise<string> {
  const candidates = [given, ...decoded(given)];
  for (const path of candidates) {
    const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
      throw unreadable(path, error);
    });
    if (found === undefined) continue;
    if (found.isDirectory()) {
      throw new PipelineError('not_a_file', `${path} is a folder, not a file`, {
        advice: `Of several files: cat ${path.replace(/\/+$/, '')}/* | npx sluice run --input -`,
      });
    }
    await access(path, constants.R_OK).catch((error) => {
      throw unreadable(path, error);
    });
    return path;
  }
  throw new PipelineError('missing_file', `there is no file ${given}`, {
    advice: `It was looked for at ${resolve(given)}.`,
  });
}

function decoded(path: string): string[] {
  if (!/%[0-9a-f]{2}/i.test(path)) return [];
  try {
    return [decodeURIComponent(path)];
  } catch {
    return [];
  }
}

const unreadable = (path: string, error: NodeJS.ErrnoException): PipelineError =>
  new PipelineError('unreadable_file', `${path} cannot be read (${error.code})`, {
    advice: `Give this user the right to read it: ls -l ${path}`,
    cause: error,
  });
