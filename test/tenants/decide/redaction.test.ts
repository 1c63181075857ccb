import { describe, expect, test } from 'vitest';
import { InvalidSpecError } from '../../../src/compute/errors.ts';
import { REDACTED, redactEnv, restoreEnv } from '../../../src/tenants/decide/redaction.ts';
import { aContainer, aSpec } from '../../support/specs.ts';

const web = aContainer({ name: 'web', env: { TOKEN: 'secret', LEVEL: 'info' } });
const worker = aContainer({ name: 'worker', env: { TOKEN: 'other secret' } });
const spec = aSpec({ containers: [web, worker, aContainer({ name: 'plain' })] });

/** Returns the issues of a specification that cannot be restored. */
function issuesOf(restore: () => unknown) {
  try {
    restore();
  } catch (error) {
    if (error instanceof InvalidSpecError) return error.issues;
    throw error;
  }
  return [];
}

describe('a redacted specification', () => {
  test('has the names of its env and none of the values', () => {
    const shown = redactEnv(spec);
    expect(JSON.stringify(shown)).not.toContain('secret');
    expect(shown.containers.map(({ env }) => env)).toEqual([
      { TOKEN: REDACTED, LEVEL: REDACTED },
      { TOKEN: REDACTED },
      undefined,
    ]);
    expect({ ...shown, containers: [] }).toEqual({ ...spec, containers: [] });
  });

  test('is a copy', () => {
    redactEnv(spec);
    expect(spec.containers[0]?.env).toEqual({ TOKEN: 'secret', LEVEL: 'info' });
  });
});

describe('a redacted specification that is sent back', () => {
  test('gets the values on record', () => {
    expect(restoreEnv(redactEnv(spec), spec)).toEqual(spec);
  });

  test('keeps what was changed and added', () => {
    const changed = aSpec({ containers: [{ ...web, env: { TOKEN: REDACTED, LEVEL: 'debug', NEW: 'value' } }] });
    expect(restoreEnv(changed, spec).containers[0]?.env).toEqual({ TOKEN: 'secret', LEVEL: 'debug', NEW: 'value' });
  });

  test('identifies its containers by name, not by position', () => {
    const turned = aSpec({
      containers: [worker, web].map((one) => redactEnv(aSpec({ containers: [one] })).containers[0] ?? one),
    });
    expect(restoreEnv(turned, spec).containers).toEqual([worker, web]);
  });

  test.each([
    ['that never had a value', aSpec({ containers: [{ ...web, env: { UNKNOWN: REDACTED } }] })],
    ['of a new container', aSpec({ containers: [aContainer({ name: 'new', env: { UNKNOWN: REDACTED } })] })],
  ])('is refused with a placeholder %s', (_title, changed) => {
    expect(issuesOf(() => restoreEnv(changed, spec))).toEqual([
      {
        pointer: '/containers/0/env/UNKNOWN',
        message: 'env value of UNKNOWN is the placeholder [redacted]; give the value itself',
      },
    ]);
  });

  test('is refused with an issue for each placeholder without a value', () => {
    expect(issuesOf(() => restoreEnv(redactEnv(spec), undefined)).map(({ pointer }) => pointer)).toEqual([
      '/containers/0/env/TOKEN',
      '/containers/0/env/LEVEL',
      '/containers/1/env/TOKEN',
    ]);
  });

  test('does not take inherited properties for values', () => {
    const odd = aSpec({ containers: [{ ...web, env: { toString: REDACTED } }] });
    expect(issuesOf(() => restoreEnv(odd, spec))).toHaveLength(1);
  });
});
