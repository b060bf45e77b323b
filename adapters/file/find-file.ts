/** Checks that a file is readable before anything is connected. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { PipelineError } from '../../pipeline/errors.ts';

/**
 * The path of a readable file: as given or, if that does not exist, with URL escapes such as `%20` decoded. Throws a
 * `PipelineError` for a missing file, a folder, and a file that this user may not read.
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
    advice: `Sluice looked for it at ${resolve(given)}.`,
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
    advice: `This user needs the right to read it: ls -l ${path}`,
    cause: error,
  });
