import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { pomProperty } from './maven-jars.ts';

const pom = (file: string) => readFileSync(join(import.meta.dirname, '..', file), 'utf8');

it('reads the version from the pom', () => {
  expect(pomProperty('<properties><kafka.version>4.1.2</kafka.version></properties>', 'kafka.version')).toBe('4.1.2');
  expect(pomProperty('<properties><kafkaxversion>4.1.2</kafkaxversion></properties>', 'kafka.version')).toBeUndefined();
});

it('uses the same version for Kafka Connect and Kafka', () => {
  const version = pomProperty(pom('kafka/pom.xml'), 'kafka.version');
  expect(version).toMatch(/^4\./);
  expect(pomProperty(pom('connect/pom.xml'), 'kafka.version')).toBe(version);
});
