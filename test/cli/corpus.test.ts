import { describe, expect, test } from 'vitest';
import { validateComputeSpec } from '../../src/compute/spec/validate.ts';
import { importSample, outcomesOf, readCorpus } from './corpus.ts';

const corpus = readCorpus();
const imports = new Map(corpus.map((sample) => [sample, importSample(sample, sample.value)]));

describe('the corpus of Compose and Score files', () => {
  test('names the source and a permissive licence of each file', () => {
    expect(corpus.length).toBeGreaterThanOrEqual(40);
    for (const { name, source, licence } of corpus) {
      expect(source, name).toMatch(/^[\w.-]+\/[\w.-]+, \S+/);
      expect(['MIT', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'Unlicense'], name).toContain(licence);
    }
  });

  test('has the expected outcome for every field: imported, noted, refused or implied', async () => {
    const table = corpus.map((sample) => {
      const rows = [...outcomesOf(sample)].map(([field, found]) =>
        [field, ...found.map((each) => `    ${each}`)].join('\n'),
      );
      return `## ${sample.name}\n${rows.join('\n')}\n`;
    });
    await expect(table.join('\n')).toMatchFileSnapshot('samples/corpus-outcomes.txt');
  });

  test('has no field without an effect, a note or a reason, but for those that Berth implies', () => {
    const implied = new Set<string>();
    for (const sample of corpus) {
      for (const [field, found] of outcomesOf(sample)) {
        if (found.join() === 'implied') implied.add((field.split('/').at(-1) ?? '').replace(/^x-.*/, 'x-'));
      }
    }
    // A name gives way to --tenant, an interval of 30 s is the default, and the mounts of a volume say what it is.
    const names = ['apiVersion', 'data', 'interval', 'name', 'restart', 'version', 'volumes', 'x-'];
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
    const reasons = [...imports]
      .filter(([{ format }]) => format === 'Compose')
      .map(([, { refused }]) => refused.map(({ message }) => message));
    const others = reasons.filter(
      (messages) => !messages.some((message) => /mounts a path of the host|images are not built/.test(message)),
    );
    const imported = others.filter((messages) => messages.length === 0);
    expect(others.length).toBeGreaterThan(15);
    expect(imported.length / others.length).toBeGreaterThanOrEqual(0.5);
  });
});
