import { describe, expect, test } from 'vitest';
import { InvalidSpecError } from '../../../src/compute/errors.ts';
import { REDACTED, redactEnv, restoreEnv } from '../../../src/tenants/decide/redaction.ts';
import { aContainer, aSpec } from '../../support/specs.ts';

const web = aContainer({ name: 'web', env: { TOKEN: 'secret', LEVEL: 'info' } });
const worker = aContainer({ name: 'worker', env: { TOKEN: 'other secret' } });
const spec = aSpec({ containers: [web, worker, aContainer({ name: 'plain' })] });

/** The issues of a specification that cannot be restored. */
function issuesOf(restore: () => unknown) {
  try {
    restore();
  } catch (error) {
    if (error instanceof InvalidSpecError) return error.issues;
    throw error;
  }
  return [];
}

describe('a specification that is shown', () => {
  test('has the names of its env and none of its values', () => {
    const shown = redactEnv(spec);
    expect(JSON.stringify(shown)).not.toContain('secret');
    expect(shown.containers.map(({ env }) => env)).toEqual([
      { TOKEN: REDACTED, LEVEL: REDACTED },
      { TOKEN: REDACTED },
      undefined,
    ]);
    expect({ ...shown, containers: [] }).toEqual({ ...spec, containers: [] });
  });

  test('is not the one that is kept', () => {
    redactEnv(spec);
    expect(spec.containers[0]?.env).toEqual({ TOKEN: 'secret', LEVEL: 'info' });
  });
});

describe('a specification that comes back', () => {
  test('has the values again that were not shown', () => {
    expect(restoreEnv(redactEnv(spec), spec)).toEqual(spec);
  });

  test('keeps what was changed and what was added', () => {
    const changed = aSpec({ containers: [{ ...web, env: { TOKEN: REDACTED, LEVEL: 'debug', NEW: 'value' } }] });
    expect(restoreEnv(changed, spec).containers[0]?.env).toEqual({ TOKEN: 'secret', LEVEL: 'debug', NEW: 'value' });
  });

  test('finds its containers by name, not by place', () => {
    const turned = aSpec({
      containers: [worker, web].map((one) => redactEnv(aSpec({ containers: [one] })).containers[0] ?? one),
    });
    expect(restoreEnv(turned, spec).containers).toEqual([worker, web]);
  });

  test.each([
    ['that never had a value', aSpec({ containers: [{ ...web, env: { UNKNOWN: REDACTED } }] })],
    [
      'of a container that was not there',
      aSpec({ containers: [aContainer({ name: 'new', env: { UNKNOWN: REDACTED } })] }),
    ],
  ])('is refused with a placeholder %s', (_title, changed) => {
    expect(issuesOf(() => restoreEnv(changed, spec))).toEqual([
      {
        pointer: '/containers/0/env/UNKNOWN',
        message: 'env value of UNKNOWN is the placeholder [redacted]; give the value itself',
      },
    ]);
  });

  test('is refused with every placeholder that stands for nothing', () => {
    expect(issuesOf(() => restoreEnv(redactEnv(spec), undefined)).map(({ pointer }) => pointer)).toEqual([
      '/containers/0/env/TOKEN',
      '/containers/0/env/LEVEL',
      '/containers/1/env/TOKEN',
    ]);
  });

  test('does not take inherited names for values', () => {
    const odd = aSpec({ containers: [{ ...web, env: { toString: REDACTED } }] });
    expect(issuesOf(() => restoreEnv(odd, spec))).toHaveLength(1);
  });
});
