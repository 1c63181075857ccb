import type { DefinitionRecord } from './ecs-state.ts';

/** The outcome of a task. A test selects it with the registry of an image, so nothing is patched. */
export type Scenario =
  | 'runs'
  | 'no image'
  | 'hangs'
  | 'crashes'
  | 'out of memory'
  | 'unhealthy'
  | 'fails once'
  | 'no capacity'
  | 'no quota';

const scenarios: Readonly<Record<string, Scenario>> = {
  'missing.example': 'no image',
  'hanging.example': 'hangs',
  'crashing.example': 'crashes',
  'greedy.example': 'out of memory',
  'unhealthy.example': 'unhealthy',
  'failing.example': 'fails once',
  'nocapacity.example': 'no capacity',
  'noquota.example': 'no quota',
};

/** Returns the scenario of a task definition, and the container whose image selects it. */
export function scenarioOf({ definition }: DefinitionRecord): { scenario: Scenario; container: string; image: string } {
  const { containerDefinitions = [] } = definition;
  for (const { name = '', image = '' } of containerDefinitions) {
    const scenario = scenarios[image.split('/')[0] ?? ''];
    if (scenario) return { scenario, container: name, image };
  }
  const [{ name = '', image = '' } = {}] = containerDefinitions;
  return { scenario: 'runs', container: name, image };
}
