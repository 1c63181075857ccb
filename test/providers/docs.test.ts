import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import type * as z from 'zod';
import type { ProviderDescriptor } from '../../src/compute/descriptor/descriptor.ts';
import type { Provider } from '../../src/compute/provider.ts';
import { validateComputeSpec } from '../../src/compute/spec/validate.ts';
import { builtInTypes } from '../../src/providers/provider-modules.ts';
import { configTable, documentedTable } from '../support/config-table.ts';

const names = Object.keys(builtInTypes);

function typeOf(name: string): ProviderDescriptor {
  const descriptor = builtInTypes[name];
  if (!descriptor) throw new Error(`no type ${name}`);
  return descriptor;
}

function pageOf(name: string): string {
  return readFileSync(new URL(`../../docs/providers/${name}.md`, import.meta.url), 'utf8');
}

/** Returns the JSON in a page: code blocks, here-documents, and values of BERTH_PROVIDERS. */
function jsonIn(page: string): Record<string, unknown>[] {
  const places = [
    /^```json\n(.*?)^```$/gms,
    /<<'(?:JSON|SPEC)'\n(.*?)^(?:JSON|SPEC)$/gms,
    /^BERTH_PROVIDERS='([^']*)'/gm,
  ];
  return places.flatMap((place) => [...page.matchAll(place)].map(([, json = '']) => JSON.parse(json)));
}

async function open(name: string, defaults: Record<string, unknown>): Promise<Provider> {
  return typeOf(name).create({ name, defaults, dataDir: tmpdir() });
}

/** Returns the defaults that a page shows for its provider. */
function shownDefaults(name: string): Record<string, unknown>[] {
  const entries = jsonIn(pageOf(name)).flatMap((json) => (name in json ? [json[name] as Record<string, unknown>] : []));
  return entries.map(({ type, ...defaults }) => {
    expect(type).toBe(name);
    return defaults;
  });
}

describe.each(names)('the page of %s', (name) => {
  test('shows the settings of the schema', () => {
    expect(documentedTable(pageOf(name))).toBe(configTable(typeOf(name).configSchema as z.ZodType));
  });

  test('has sections on settings, permissions and known limits, and an example', () => {
    for (const title of [
      /^## Settings$/m,
      /^## Permissions$/m,
      /^## (?:A worked example|Example)$/m,
      /^## Known limits$/m,
    ])
      expect(pageOf(name)).toMatch(title);
  });

  test('shows defaults that the provider accepts', async () => {
    const shown = shownDefaults(name);
    expect(shown.length).toBeGreaterThan(0);
    for (const defaults of shown) await (await open(name, defaults)).close?.();
  });

  test('shows examples of specifications that are valid with its defaults', async () => {
    const specs = jsonIn(pageOf(name)).filter(({ tenant_id }) => tenant_id !== undefined);
    expect(specs.length).toBeGreaterThan(0);
    const provider = await open(name, shownDefaults(name)[0] ?? {});
    for (const spec of specs) {
      const valid = validateComputeSpec(spec);
      expect(valid.provider_type).toBe(name);
      if (name === 'memory') continue; // the first validate of its example fails, on purpose
      await provider.validate(valid);
    }
    await provider.close?.();
  });
});
