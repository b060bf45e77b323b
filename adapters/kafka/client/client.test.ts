/** Proves that importing the client changes nothing, and that making the first one repairs kafkajs once. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** Runs in a separate process, because other tests have already created clients in this one. */
const script = `
  import assert from 'node:assert/strict';
  import kafkajs from 'kafkajs';
  import { kafkaClient, repairKafkajs } from ${JSON.stringify(new URL('client.ts', import.meta.url).href)};
  const { CompressionCodecs, CompressionTypes } = kafkajs;
  assert.throws(() => CompressionCodecs[CompressionTypes.ZSTD]?.(), 'what kafkajs has for it throws');
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  kafkaClient({ brokers: ['127.0.0.1:1'] }, 'test', silent);
  const codec = CompressionCodecs[CompressionTypes.ZSTD];
  assert.deepEqual(Object.keys(codec()).sort(), ['compress', 'decompress']);
  repairKafkajs();
  assert.equal(CompressionCodecs[CompressionTypes.ZSTD], codec);
  console.log('repaired once');
`;

test('kafkajs gets its codecs with the first client of the process, and keeps them', async () => {
  const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  expect(stdout).toBe('repaired once\n');
});
