/**
 * The manifests in `docker/kubernetes` fit the official schemas, with unknown fields forbidden, and match the code:
 * existing options, time to drain, one reader per partition.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { options } from '../cli/options/options.ts';

const folder = join(import.meta.dirname, '..', 'docker', 'kubernetes');
const read = (file: string): string => readFileSync(join(folder, file), 'utf8');

type Manifest = { readonly kind: string; readonly metadata: { readonly name: string } };
type Kustomization = { readonly resources: readonly string[] };
type Container = {
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string }[];
  readonly envFrom: readonly { readonly configMapRef: { readonly name: string } }[];
};
type Deployment = Manifest & {
  readonly spec: {
    readonly template: {
      readonly spec: { readonly terminationGracePeriodSeconds: number; readonly containers: readonly Container[] };
    };
  };
};
type ScaledObject = Manifest & {
  readonly spec: {
    readonly scaleTargetRef: { readonly name: string };
    readonly maxReplicaCount: number;
    readonly triggers: readonly { readonly metadata: { readonly [name: string]: string } }[];
  };
};

const { resources } = parse(read('kustomization.yaml')) as Kustomization;
const manifests = resources.flatMap((file) =>
  parseAllDocuments(read(file)).map((document) => {
    if (document.errors.length > 0) throw new Error(`${file}: ${document.errors.join('; ')}`);
    return document.toJS() as Manifest;
  }),
);
const find = <T extends Manifest>(kind: string): T => {
  const found = manifests.find((manifest) => manifest.kind === kind);
  if (found === undefined) throw new Error(`no ${kind}`);
  return found as T;
};

const { kinds, definitions } = JSON.parse(gunzipSync(readFileSync(join(folder, 'schema.json.gz'))).toString()) as {
  kinds: { readonly [kind: string]: string };
  definitions: object;
};
const ajv = new Ajv({ allErrors: true, strict: false });
ajv.addSchema({ definitions }, 'official');

/** The errors of a manifest against the schema of its kind. */
function faults(manifest: Manifest): string[] {
  const name = kinds[manifest.kind];
  if (name === undefined) return [`no schema of ${manifest.kind}`];
  const validate = ajv.getSchema(`official#/definitions/${name}`);
  if (validate === undefined) throw new Error(`no definition of ${name}`);
  validate(manifest);
  return (validate.errors ?? []).map(({ instancePath, message, params }) =>
    [instancePath, message, JSON.stringify(params)].join(' '),
  );
}

describe('the manifests', () => {
  test.each(manifests.map((manifest) => [manifest.kind, manifest] as const))('%s fits its schema', (_, manifest) => {
    expect(faults(manifest)).toEqual([]);
  });

  test('a misspelled field is rejected at any depth', () => {
    const deployment = structuredClone(find<Deployment>('Deployment'));
    Object.assign(deployment.spec.template.spec, { terminationGracePeriodSecond: 30 });
    expect(faults(deployment)).toEqual([expect.stringContaining('terminationGracePeriodSecond')]);
    const scaled = structuredClone(find<ScaledObject>('ScaledObject'));
    Object.assign(scaled.spec, { maxReplicas: 4 });
    expect(faults(scaled)).toEqual([expect.stringContaining('maxReplicas')]);
  });
});

describe('the values in the manifests', () => {
  const deployment = find<Deployment>('Deployment');
  const pod = deployment.spec.template.spec;
  const container = pod.containers[0];

  test('every variable is read by an option', () => {
    const config = find<Manifest & { data: { [name: string]: string } }>('ConfigMap');
    expect(container?.envFrom[0]?.configMapRef.name).toBe(config.metadata.name);
    const known = new Set<string>(Object.values(options).flatMap((option) => ('env' in option ? option.env : [])));
    const set = [...Object.keys(config.data), ...(container?.env ?? []).map(({ name }) => name)];
    expect(set.filter((name) => !known.has(name))).toEqual([]);
    expect(new Set(set).size).toBe(set.length);
  });

  test('every flag is one of the command', () => {
    const flags = Object.values(options).map(({ flag }) => `--${flag}`);
    const given = container?.args.filter((argument) => argument.startsWith('--')) ?? [];
    expect(given.filter((flag) => !flags.includes(flag))).toEqual([]);
  });

  test('a pod has more time to end than a drain takes', () => {
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(20);
  });

  test('the autoscaler uses the group of that Deployment, and never exceeds the partitions', () => {
    const { spec } = find<ScaledObject>('ScaledObject');
    expect(spec.scaleTargetRef.name).toBe(deployment.metadata.name);
    expect(spec.maxReplicaCount).toBe(Number(options.partitions.default));
    expect(spec.triggers[0]?.metadata).toMatchObject({
      consumerGroupFromEnv: 'KAFKA_GROUP_ID',
      topicFromEnv: 'KAFKA_TOPIC',
      allowIdleConsumers: 'false',
    });
  });
});
