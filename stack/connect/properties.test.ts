import { expect, it } from 'vitest';
import { connectProperties } from './properties.ts';

const worker = { bootstrap: '127.0.0.1:9092', port: 8083, pluginPath: '/cache/plugins' };

it('listens on the loopback address only, and needs only one broker', () => {
  const lines = connectProperties(worker).split('\n');
  expect(lines).toContain('listeners=http://127.0.0.1:8083');
  expect(lines).toContain('plugin.path=/cache/plugins');
  for (const topic of ['config', 'offset', 'status']) expect(lines).toContain(`${topic}.storage.replication.factor=1`);
});

it('lets settings of the caller override its own', () => {
  const lines = connectProperties(worker, { 'offset.flush.interval.ms': '5' }).split('\n');
  expect(lines.filter((line) => line.startsWith('offset.flush.interval.ms='))).toEqual(['offset.flush.interval.ms=5']);
});

it('escapes backslashes and characters outside of ASCII', () => {
  const text = connectProperties({ ...worker, pluginPath: '/Müller\\🎉' });
  expect(text).toContain('plugin.path=/M\\u00fcller\\\\\\ud83c\\udf89\n');
});
