import { toPointer } from '../../compute/errors.ts';
import { canonicalJson } from '../../compute/spec/json.ts';
import type { ContainerSpec, TenantComputeSpec } from '../../compute/spec/spec.ts';
import { REDACTED } from './redaction.ts';

/** One value of a specification, at the depth in which people read it: a list is one value, an object is several. */
export interface Field {
  /** An RFC 6901 pointer into its specification. */
  pointer: string;
  /** The part of the specification that it belongs to. */
  part: Part;
  /** Canonical JSON, to compare with. */
  text: string;
  /** The value as it may be shown: env values are redacted. */
  shown: unknown;
}

/** A member of the specification, of one of its sections, or of a container. Containers are identified by name. */
export type Part =
  | { kind: 'member'; name: string }
  | { kind: 'section'; section: Section; name: string }
  | { kind: 'container'; container: string; name: string }
  /** The order of the containers. */
  | { kind: 'order' };

const sections = ['resources', 'networking', 'labels', 'provider_config'] as const;
type Section = (typeof sections)[number];

/** Returns every value of a specification, by a key that the same value has in any specification. */
export function fieldsOf(spec: TenantComputeSpec): Map<string, Field> {
  const fields = new Map<string, Field>();
  for (const [name, value] of Object.entries(spec)) {
    if (name === 'containers') {
      for (const [index, container] of spec.containers.entries()) addContainer(fields, container, index);
    } else if (isSection(name) && Object.keys(value ?? {}).length > 0) {
      for (const [member, inner] of Object.entries(value ?? {})) {
        const path = [name, member];
        addLeaves(fields, { key: path, path, part: { kind: 'section', section: name, name: member }, value: inner });
      }
    } else {
      addLeaves(fields, { key: [name], path: [name], part: { kind: 'member', name }, value });
    }
  }
  return fields;
}

/** Returns the specification `before` with one part replaced by that of `after`. */
export function withPart(before: TenantComputeSpec, after: TenantComputeSpec, part: Part): TenantComputeSpec {
  switch (part.kind) {
    case 'member':
      return { ...before, [part.name]: after[part.name as keyof TenantComputeSpec] };
    case 'section':
      return { ...before, [part.section]: withMember(before[part.section], after[part.section], part.name) };
    case 'container':
      return { ...before, containers: withContainer(before.containers, after.containers, part) };
    case 'order':
      return { ...before, containers: inOrderOf(before.containers, after.containers) };
  }
}

interface Branch {
  key: readonly string[];
  path: readonly PropertyKey[];
  part: Part;
  value: unknown;
  isSecret?: boolean;
}

function addContainer(fields: Map<string, Field>, container: ContainerSpec, index: number): void {
  for (const [name, value] of Object.entries(container)) {
    addLeaves(fields, {
      key: ['containers', container.name, name],
      path: ['containers', index, name],
      part: { kind: 'container', container: container.name, name },
      value,
      isSecret: name === 'env',
    });
  }
}

function addLeaves(fields: Map<string, Field>, branch: Branch): void {
  const { key, path, part, value, isSecret } = branch;
  if (value === undefined) return;
  const members = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  for (const [name, inner] of members) {
    addLeaves(fields, { ...branch, key: [...key, name], path: [...path, name], value: inner });
  }
  if (members.length > 0) return;
  const isHidden = isSecret && typeof value === 'string';
  fields.set(toPointer(key), {
    pointer: toPointer(path),
    part,
    text: canonicalJson(value),
    shown: isHidden ? REDACTED : value,
  });
}

function isSection(name: string): name is Section {
  return (sections as readonly string[]).includes(name);
}

function withMember<T extends object | undefined>(before: T, after: T, name: string): T {
  const members = { ...before, [name]: (after as Record<string, unknown> | undefined)?.[name] };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T;
}

/** A new container is added whole, and a removed one is dropped whole, whichever of its members the part names. */
function withContainer(
  before: readonly ContainerSpec[],
  after: readonly ContainerSpec[],
  { container, name }: { container: string; name: string },
): ContainerSpec[] {
  const wanted = after.find((one) => one.name === container);
  if (!wanted) return before.filter((one) => one.name !== container);
  if (!before.some((one) => one.name === container)) return [...before, wanted];
  return before.map((one) => (one.name === container ? withMember(one, wanted, name) : one));
}

function inOrderOf(before: readonly ContainerSpec[], after: readonly ContainerSpec[]): ContainerSpec[] {
  const place = ({ name }: ContainerSpec) => after.findIndex((one) => one.name === name);
  return before.toSorted((a, b) => place(a) - place(b));
}
