import type { CfnTemplate } from '../support/cloud-assembly.ts';

/**
 * Returns a template with one resource of each form and all that these refer to. Most resources of a stack exist once for
 * each function and differ in names only, and a linter takes its time for each.
 */
export function representatives(template: CfnTemplate): CfnTemplate {
  const { Resources, Outputs = {}, Conditions = {}, ...rest } = template;
  const ofForms = new Map(Object.entries(Resources).map(([id, resource]) => [formOf(resource), id]));
  const kept = new Set<string>();
  const keep = (id: string) => {
    if (kept.has(id)) return;
    kept.add(id);
    for (const other of idsIn(Resources[id], Resources)) keep(other);
  };
  // A dashboard refers to everything, in a text that the linter does not read.
  for (const id of ofForms.values()) if (Resources[id]?.Type !== 'AWS::CloudWatch::Dashboard') keep(id);
  const isKept = (value: unknown) => idsIn(value, Resources).every((id) => kept.has(id));
  const own = {
    Resources: Object.fromEntries(Object.entries(Resources).filter(([id]) => kept.has(id))),
    Outputs: Object.fromEntries(Object.entries(Outputs).filter(([, output]) => isKept(output))),
  };
  const used = new Set(idsIn(own, Conditions));
  return { ...rest, ...own, Conditions: Object.fromEntries(Object.entries(Conditions).filter(([id]) => used.has(id))) };
}

/** Returns a resource without its names and figures: the type, the keys, and each form of the elements of a list. */
function formOf({ Type, Properties }: CfnTemplate['Resources'][string]): string {
  return `${Type} ${JSON.stringify(Properties, (_, value: unknown) => {
    if (Array.isArray(value)) return [...new Set(value.map((each) => JSON.stringify(each, withoutText)))].sort();
    return withoutText(_, value);
  })}`;
}

function withoutText(_: string, value: unknown): unknown {
  return typeof value === 'string' || typeof value === 'number' ? typeof value : value;
}

/** Returns the ids of the resources or conditions that a value refers to, also in the text of `Fn::Sub`. */
function idsIn(value: unknown, known: object): string[] {
  const words = JSON.stringify(value ?? null).match(/\w+/g) ?? [];
  return [...new Set(words)].filter((word) => Object.hasOwn(known, word));
}
