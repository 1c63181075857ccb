import { type ESTree, parseSync, Visitor } from 'rolldown/utils';
import { DEPLOYMENT_FIELDS } from '../../src/compute/descriptor/descriptor.ts';

const fields: readonly string[] = DEPLOYMENT_FIELDS;

/**
 * Takes the fields that only a deployment reads out of the literals that are passed to `defineProvider`. What they import,
 * such as the schema of the settings and zod, then stays out of the cold start of a function. Anything but a literal is
 * left as it is, which costs time and no correctness.
 */
export function stripDeploymentFields(code: string): string {
  const removed: { start: number; end: number }[] = [];
  new Visitor({
    CallExpression({ callee, arguments: [argument] }) {
      if (callee.type !== 'Identifier' || callee.name !== 'defineProvider') return;
      if (argument?.type === 'ObjectExpression') removed.push(...argument.properties.filter(isDeploymentField));
    },
  }).visit(parseSync('provider.ts', code).program);
  // From the end on, so that positions before stay right. `...{}` keeps the commas right.
  return removed
    .toSorted((one, other) => other.start - one.start)
    .reduce((text, { start, end }) => `${text.slice(0, start)}...{}${text.slice(end)}`, code);
}

function isDeploymentField(property: ESTree.ObjectPropertyKind): boolean {
  if (property.type !== 'Property' || property.computed) return false;
  const { key } = property;
  if (key.type === 'Identifier') return fields.includes(key.name);
  return key.type === 'Literal' && fields.includes(String(key.value));
}
