/** Kafka's own console tools, run from the jars that the local stack downloads. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { findJava } from '../stack/java/java.ts';
import { kafkaJars } from '../stack/kafka/jars.ts';
import { DEFAULT_DIR } from '../stack/stack.ts';

type Tools = { readonly command: string; readonly classPath: string };

let found: Promise<Tools> | undefined;

/** Java and the jars, downloaded if they are not in the cache. */
export function javaTools(): Promise<Tools> {
  found ??= findJava().then(async (java) => {
    const { folder } = await kafkaJars(java, { cacheDir: join(DEFAULT_DIR, 'cache'), report: () => undefined });
    return { command: java.command, classPath: join(folder, '*') };
  });
  return found;
}

async function tool(main: string, args: readonly string[], input: Buffer | null): Promise<Buffer> {
  const { command, classPath } = await javaTools();
  const jvm = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Dlog4j2.level=error'];
  const child = spawn(command, [...jvm, '-cp', classPath, `org.apache.kafka.tools.${main}`, ...args]);
  const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
  const out: Buffer[] = [];
  let said = '';
  child.stdout.on('data', (chunk) => out.push(chunk));
  child.stderr.setEncoding('utf8').on('data', (text) => (said += text));
  child.stdin.on('error', () => undefined);
  child.stdin.end(input ?? '');
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  clearTimeout(timer);
  if (code !== 0) throw new Error(`${main} ended with ${code}: ${said}`);
  return Buffer.concat(out);
}

/** A message that fits a line: neither part may contain a line break, nor the key a tab. */
export type LineMessage = { readonly key: Buffer; readonly value: Buffer };

/** Writes messages with Java's producer. Resolves when they are durable. */
export async function javaProduce(
  bootstrap: string,
  topic: string,
  messages: readonly LineMessage[],
  compression: string,
  batchBytes = 16_384,
): Promise<void> {
  const lines = messages.flatMap(({ key, value }) => [key, Buffer.from('\t'), value, Buffer.from('\n')]);
  const reader = ['--property', 'parse.key=true', '--property', 'key.separator=\t'];
  const batches = ['--compression-codec', compression, '--producer-property', `batch.size=${batchBytes}`];
  const args = ['--bootstrap-server', bootstrap, '--topic', topic, ...reader, ...batches];
  await tool('ConsoleProducer', args, Buffer.concat(lines));
}

/** Reads this number of messages from the beginning with Java's consumer. Returns their values as text. */
export async function javaConsume(bootstrap: string, topic: string, count: number): Promise<string[]> {
  const limits = ['--from-beginning', '--max-messages', String(count), '--timeout-ms', '20000'];
  const read = await tool(
    'consumer.ConsoleConsumer',
    ['--bootstrap-server', bootstrap, '--topic', topic, ...limits],
    null,
  );
  return read.toString().split('\n').slice(0, -1);
}
