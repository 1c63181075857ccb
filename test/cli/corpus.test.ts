import { describe, expect, test } from 'vitest';
import { validateComputeSpec } from '../../src/compute/spec/validate.ts';
import { importSample, outcomesOf, readCorpus } from './corpus.ts';

const corpus = readCorpus();
const imports = new Map(corpus.map((sample) => [sample, importSample(sample, sample.value)]));
const outcomes = new Map(corpus.map((sample) => [sample.name, outcomesOf(sample)]));

describe('the corpus of Compose and Score files', () => {
  test('names the source and a permissive licence of each file', () => {
    expect(corpus.length).toBeGreaterThanOrEqual(60);
    for (const { name, source, licence } of corpus) {
      expect(source, name).toMatch(/^[\w.-]+\/[\w.-]+, \S+/);
      expect(['MIT', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'Unlicense'], name).toContain(licence);
    }
  });

  test('has the expected outcome for every field: imported, noted, refused or implied', async () => {
    const table = [...outcomes].map(([name, fields]) => {
      const rows = [...fields].map(([field, found]) => [field, ...found.map((each) => `    ${each}`)].join('\n'));
      return `## ${name}\n${rows.join('\n')}\n`;
    });
    await expect(table.join('\n')).toMatchFileSnapshot('samples/corpus-outcomes.txt');
  });

  test('has no field without an effect, a note or a reason, but for those that Berth implies', () => {
    const implied = new Set<string>();
    for (const fields of outcomes.values()) {
      for (const [field, found] of fields) {
        if (found.join() === 'implied') implied.add((field.split('/').at(-1) ?? '').replace(/^x-.*/, 'x-'));
      }
    }
    // A name gives way to --tenant, 30 s and 3 are the defaults of checks, the mounts of a volume say what it is,
    // depends_on says more than links, and no-new-privileges is what Docker tenants have.
    const always = ['apiVersion', 'data', 'name', 'restart', 'version', 'volumes', 'x-'];
    const names = [...always, 'interval', 'links', 'profiles', 'retries', 'security_opt'].sort();
    expect([...implied].sort()).toEqual(names);
  });

  test('is valid where nothing is refused', () => {
    const refused = new Set<string>();
    for (const [{ name }, imported] of imports) {
      if (imported.refused.length > 0) refused.add(name);
      else expect(() => validateComputeSpec(imported.spec), name).not.toThrow();
    }
    expect(refused.size).toBeGreaterThan(5);
  });

  test('has no note or reason that quotes a value of a variable or an object', () => {
    for (const [{ name, env }, { lost, refused }] of imports) {
      for (const { message } of [...lost, ...refused]) {
        expect(message, name).not.toContain('[object');
        for (const value of env.values()) if (value.length > 3) expect(message, name).not.toContain(value);
      }
    }
  });

  test('imports at least half of the Compose files that neither mount the host nor build images', () => {
    const compose = [...imports].filter(([{ format }]) => format === 'Compose');
    const others = compose.filter(
      ([, { refused }]) =>
        !refused.some(({ message }) => /mounts a path of the host|images are not built/.test(message)),
    );
    const imported = others.filter(([, { refused }]) => refused.length === 0);
    // In all, of those that need neither the host nor a build, and of these that are imported.
    expect([compose.length, others.length, imported.length]).toEqual([53, 40, 37]);
    expect(imported.length / others.length).toBeGreaterThanOrEqual(0.5);
  });
});
