/**
 * Makes `schema.json.gz`, with which `test/kubernetes.test.ts` validates the manifests, from the official schemas: the
 * definitions that the used kinds reach, without descriptions, and with unknown fields forbidden.
 *
 *   node --import tsx docker/kubernetes/make-schema.ts SWAGGER CRD
 *
 * SWAGGER is api/openapi-spec/swagger.json of k8s.io/kubernetes v1.34.1, CRD is
 * config/crd/bases/keda.sh_scaledobjects.yaml of github.com/kedacore/keda/v2 v2.17.2 (`go mod download` fetches both).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { parse } from 'yaml';

type Schema = { [keyword: string]: unknown };

const definition = /^#\/definitions\//;
const kept = ['type', 'required', 'enum', 'items', 'properties', 'additionalProperties', '$ref', 'pattern'];
const scalar = (...types: string[]): Schema => ({ type: types });

/** Kinds of the manifests, and their definitions in Kubernetes. */
const kinds = { ConfigMap: 'io.k8s.api.core.v1.ConfigMap', Deployment: 'io.k8s.api.apps.v1.Deployment' };
const metadata = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** Converts a schema of OpenAPI into plain JSON Schema without unknown fields. */
function strict(schema: Schema, reached: (name: string) => void): Schema {
  if (schema.format === 'int-or-string' || schema['x-kubernetes-int-or-string']) return scalar('integer', 'string');
  if (schema['x-kubernetes-preserve-unknown-fields']) return scalar('object');
  const result: Schema = {};
  for (const keyword of kept) {
    const value = schema[keyword];
    if (value === undefined) continue;
    if (keyword === 'properties') {
      const fields = Object.entries(value as { [name: string]: Schema });
      result.properties = Object.fromEntries(fields.map(([name, field]) => [name, strict(field, reached)]));
    } else if (keyword === 'items' || (keyword === 'additionalProperties' && typeof value === 'object')) {
      result[keyword] = strict(value as Schema, reached);
    } else {
      if (keyword === '$ref') reached(String(value).replace(definition, ''));
      result[keyword] = value;
    }
  }
  if (result.properties && result.additionalProperties === undefined) result.additionalProperties = false;
  return result;
}

const [swagger = '', crd = ''] = process.argv.slice(2);
const { definitions: all } = JSON.parse(readFileSync(swagger, 'utf8')) as { definitions: { [name: string]: Schema } };
const definitions: { [name: string]: Schema } = {};
const reach = (name: string): void => {
  const found = all[name];
  if (found === undefined) throw new Error(`${swagger} has no ${name}`);
  if (name in definitions) return;
  definitions[name] = {};
  // Kubernetes also accepts a number as a quantity, and writes it as a string.
  definitions[name] = name.endsWith('.Quantity') ? scalar('string', 'number') : strict(found, reach);
};
for (const name of [...Object.values(kinds), metadata]) reach(name);

const { spec } = parse(readFileSync(crd, 'utf8')) as { spec: { versions: { schema: { openAPIV3Schema: Schema } }[] } };
const scaledObject = strict(spec.versions[0]?.schema.openAPIV3Schema ?? {}, reach);
definitions.ScaledObject = {
  ...scaledObject,
  properties: { ...(scaledObject.properties as Schema), metadata: { $ref: `#/definitions/${metadata}` } },
};

const roots = { ...kinds, ScaledObject: 'ScaledObject' };
const file = new URL('schema.json.gz', import.meta.url);
writeFileSync(file, gzipSync(JSON.stringify({ kinds: roots, definitions }), { level: 9 }));
