import { expect, it } from 'vitest';
import { serverProperties } from './properties.ts';

const ports = { broker: 9095, controller: 9096 };

it('listens on the loopback address only, on the given ports', () => {
  const lines = serverProperties(ports).split('\n');
  expect(lines).toContain('listeners=PLAINTEXT://127.0.0.1:9095,CONTROLLER://127.0.0.1:9096');
  expect(lines).toContain('controller.quorum.voters=1@127.0.0.1:9096');
});

it('lets settings of the caller override its own, with one line per setting', () => {
  const lines = serverProperties(ports, { 'message.max.bytes': '5000', 'num.io.threads': '8' }).split('\n');
  expect(lines).toContain('message.max.bytes=5000');
  expect(lines.filter((line) => line.startsWith('num.io.threads='))).toEqual(['num.io.threads=8']);
});
