import type { DefinitionRecord } from './ecs-state.ts';

/**
 * What becomes of a task is decided by its images: a test says by a registry's name how the state is to behave, and
 * nothing is patched.
 */
export type Scenario =
  | 'runs'
  | 'no image'
  | 'hangs'
  | 'crashes'
  | 'out of memory'
  | 'unhealthy'
  | 'no capacity'
  | 'no quota';

const scenarios: Readonly<Record<string, Scenario>> = {
  'missing.example': 'no image',
  'hanging.example': 'hangs',
  'crashing.example': 'crashes',
  'greedy.example': 'out of memory',
  'unhealthy.example': 'unhealthy',
  'nocapacity.example': 'no capacity',
  'noquota.example': 'no quota',
};

/** The scenario of a task, and the container that brings it about. */
export function scenarioOf({ definition }: DefinitionRecord): { scenario: Scenario; container: string; image: string } {
  const { containerDefinitions = [] } = definition;
  for (const { name = '', image = '' } of containerDefinitions) {
    const scenario = scenarios[image.split('/')[0] ?? ''];
    if (scenario) return { scenario, container: name, image };
  }
  const [{ name = '', image = '' } = {}] = containerDefinitions;
  return { scenario: 'runs', container: name, image };
}
