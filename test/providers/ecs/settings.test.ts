import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { InvalidProviderError } from '../../../src/compute/errors.ts';
import { EcsConfig } from '../../../src/providers/ecs/config.ts';
import { createEcsProvider } from '../../../src/providers/ecs/provider.ts';
import { operatorSettings } from '../../../src/providers/ecs/settings.ts';
import { refusal } from '../../conformance/expectations.ts';
import { defaults, name } from './ecs-subject.ts';
import { ecsSpec } from './open-ecs.ts';

test('settings read without the schema have the same defaults as with it', () => {
  for (const given of [defaults, { ...defaults, revisions_kept: undefined }]) {
    expect(EcsConfig.parse(given)).toMatchObject(operatorSettings(given));
  }
});

test('wrong defaults that count as checked are still refused with the first specification', async () => {
  const wrong = { ...defaults, subnets: [] };
  const provider = await createEcsProvider({ name, defaults: wrong, defaultsAreChecked: true });
  const error = await refusal(provider.validate(ecsSpec('acme')), InvalidProviderError);
  expect(error.message).toContain('subnets must be a list of 1 to 16');
});

/** Counts the modules of zod that a process has loaded after a status, and after a specification. */
const PROGRAM = `
  import { registerHooks } from 'node:module';
  let count = 0;
  registerHooks({ load(url, context, next) {
    if (url.includes('/node_modules/zod/')) count += 1;
    return next(url, context);
  } });
  const [module, defaults, spec] = JSON.parse(process.argv[1]);
  const { createEcsProvider } = await import(module);
  const client = { send: async () => ({}) };
  const provider = await createEcsProvider({ name: 'ecs', defaults, defaultsAreChecked: true, client });
  await provider.getStatus('acme').catch(() => undefined);
  const afterStatus = count;
  await provider.validate(spec);
  console.log(JSON.stringify([afterStatus, count]));
`;

test('a status loads no schema, and a specification loads it', () => {
  const module = new URL('../../../src/providers/ecs/provider.ts', import.meta.url).href;
  const argument = JSON.stringify([module, defaults, ecsSpec('acme')]);
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', PROGRAM, argument], { encoding: 'utf8' });
  const [afterStatus, afterSpecification] = JSON.parse(output) as number[];
  expect(afterStatus).toBe(0);
  expect(afterSpecification).toBeGreaterThan(0);
});
