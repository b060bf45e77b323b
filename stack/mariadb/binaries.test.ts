import { expect, it } from 'vitest';
import { PrerequisiteError } from '../prerequisite-error.ts';
import { fetchedBinaries } from './binaries.ts';

it.each(['darwin-arm64', 'linux-arm64', 'win32-x64'])(
  'refuses %s by name, before anything is fetched',
  async (platform) => {
    const report = () => expect.unreachable('nothing is fetched');
    const error = await fetchedBinaries({ cacheDir: '/nonexistent', report }, platform).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(PrerequisiteError);
    expect(error).toMatchObject({ code: 'platform-unsupported', message: expect.stringContaining(platform) });
  },
);
