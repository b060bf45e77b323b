import { expect, it } from 'vitest';
import { PipelineError } from '../../../../pipeline/errors.ts';
import { acceptedConfig, acceptedRisks } from '../accepted.ts';
import { acceptableChecks, acceptOrRefuse, type Finding } from './finding.ts';

const findings: readonly Finding[] = [
  { check: 'array_shape', what: 'public.t, column a: 1 row', fix: 'UPDATE …;' },
  { check: 'row_security', what: 'public.u', fix: 'ALTER ROLE …;' },
  { check: 'array_shape', what: 'public.t, column b: 2 rows', fix: 'UPDATE …;' },
];

it('names every refused finding, with its fix and the flag that overrules it', () => {
  try {
    acceptOrRefuse(findings, []);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(PipelineError);
    expect(error).toMatchObject({ code: 'array_shape', message: 'public.t, column a: 1 row' });
    const { advice } = error as PipelineError;
    for (const { fix } of findings) expect(advice).toContain(fix);
    expect(advice).toContain('also: public.u [row_security]');
    expect(advice).toContain('--accept array_shape,row_security');
  }
});

it('refuses findings that are not accepted, and returns accepted ones', () => {
  expect(() => acceptOrRefuse(findings, ['array_shape'])).toThrow('public.u');
  expect(acceptOrRefuse(findings, ['array_shape', 'row_security', 'bit_varying'])).toEqual(findings);
  expect(acceptOrRefuse([], ['array_shape'])).toEqual([]);
});

it('stores accepted risks in the configuration of a connector', () => {
  expect(acceptedRisks({ ...acceptedConfig(findings) })).toEqual(findings.map(({ check, what }) => ({ check, what })));
  expect(acceptedConfig([])).toEqual({});
  expect([acceptedRisks({}), acceptedRisks(undefined)]).toEqual([[], []]);
});

it('lists its checks in order, each once', () => {
  expect([...new Set(acceptableChecks)].sort()).toEqual(acceptableChecks);
});
