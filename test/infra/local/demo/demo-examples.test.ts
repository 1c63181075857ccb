import { expect, test } from 'vitest';
import { CommandError } from '../../../../infra/local/command-line.ts';
import { readExamples } from '../../../../infra/local/demo/demo-examples.ts';
import { checkProvider } from '../../../../infra/local/demo/demo-tenants.ts';
import { createClient } from '../../../../src/client/index.ts';
import { validateComputeSpec } from '../../../../src/index.ts';
import { DockerConfig } from '../../../../src/providers/docker/config.ts';
import { checkDockerSpec } from '../../../../src/providers/docker/rules.ts';
import { startTestServer } from '../fixture.ts';

test.each(['process', 'docker'])('the examples for %s are valid, and one of them has a page', async (provider) => {
  const specs = (await readExamples(provider)).map((spec) => validateComputeSpec(spec));
  expect(specs.map(({ tenant_id }) => tenant_id)).toEqual(['demo-web', 'demo-worker']);
  expect(specs.every(({ provider_type }) => provider_type === provider)).toBe(true);
  expect(specs.flatMap(({ containers }) => containers).some(({ ports }) => ports)).toBe(true);
  if (provider !== 'docker') return;
  for (const spec of specs) expect((await checkDockerSpec(spec, DockerConfig.parse({}))).warnings).toEqual([]);
});

test('an unknown provider is refused with the names of those that have examples', async () => {
  await expect(readExamples('nomad')).rejects.toThrow(
    'There are no examples for nomad.\nChoose --provider process or docker',
  );
  await expect(readExamples('..')).rejects.toThrow(CommandError);
});

test('a provider that is not registered is refused with advice', async () => {
  const { url } = await startTestServer();
  const demo = {
    client: createClient({ endpoint: url }),
    signal: new AbortController().signal,
    print: () => undefined,
  };
  await expect(checkProvider(await readExamples('docker'), demo)).rejects.toThrow(
    /^The provider docker is not registered; registered: memory\.\nNo Docker engine responded: start one/,
  );
  await expect(checkProvider(await readExamples(), demo)).rejects.toThrow('Add it to BERTH_PROVIDERS');
});
