import type { DefinitionRecord } from './world.ts';

/**
 * What becomes of a task is decided by its images: a test says by a registry's name how the world is to behave, and
 * nothing is patched.
 */
export type Fate =
  | 'runs'
  | 'no image'
  | 'hangs'
  | 'crashes'
  | 'out of memory'
  | 'unhealthy'
  | 'no capacity'
  | 'no quota';

const fates: Readonly<Record<string, Fate>> = {
  'missing.example': 'no image',
  'hanging.example': 'hangs',
  'crashing.example': 'crashes',
  'greedy.example': 'out of memory',
  'unhealthy.example': 'unhealthy',
  'nocapacity.example': 'no capacity',
  'noquota.example': 'no quota',
};

/** The fate of a task, and the container that brings it about. */
export function fateOf({ definition }: DefinitionRecord): { fate: Fate; container: string; image: string } {
  const { containerDefinitions = [] } = definition;
  for (const { name = '', image = '' } of containerDefinitions) {
    const fate = fates[image.split('/')[0] ?? ''];
    if (fate) return { fate, container: name, image };
  }
  const [{ name = '', image = '' } = {}] = containerDefinitions;
  return { fate: 'runs', container: name, image };
}
