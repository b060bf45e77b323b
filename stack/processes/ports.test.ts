import { describe, expect, it } from 'vitest';
import { freePort } from './ports.ts';

describe('freePort', () => {
  const freeFrom = (first: number) => async (port: number) => port >= first;

  it('is the requested port when that is free', async () => {
    expect(await freePort(9092, new Set(), freeFrom(0))).toBe(9092);
  });

  it('is the next free one that is not in the set of taken ports', async () => {
    expect(await freePort(9092, new Set([9095]), freeFrom(9095))).toBe(9096);
  });

  it('is an error when 200 ports above are taken', async () => {
    await expect(freePort(9092, new Set(), async () => false)).rejects.toThrow('no free port between 9092 and 9292');
  });

  it('stays below the end of the port range', async () => {
    await expect(freePort(65_500, new Set(), async () => false)).rejects.toThrow(
      'no free port between 65500 and 65535',
    );
  });
});
