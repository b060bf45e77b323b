/** Proves that importing the client changes nothing, and that making the first one repairs kafkajs once. */
import kafkajs from 'kafkajs';
import { expect, test } from 'vitest';
import { silent } from '../../test/batches.ts';
import { kafkaClient, repairKafkajs } from './client/client.ts';

const { CompressionCodecs, CompressionTypes } = kafkajs;

test('kafkajs gets its codecs with the first client of the process, and keeps them', async () => {
  // What kafkajs brings for it throws.
  expect(() => CompressionCodecs[CompressionTypes.ZSTD]?.()).toThrow();
  kafkaClient({ brokers: ['127.0.0.1:1'] }, 'test', silent);
  const codec = CompressionCodecs[CompressionTypes.ZSTD];
  expect(codec?.()).toMatchObject({ compress: expect.any(Function), decompress: expect.any(Function) });
  repairKafkajs();
  expect(CompressionCodecs[CompressionTypes.ZSTD]).toBe(codec);
});
