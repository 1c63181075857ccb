import { type Issue, toPointer } from './errors.ts';
import type { ContainerSpec } from './spec/spec.ts';

/** The registry of images whose references name no host. */
export const DOCKER_HUB = 'docker.io';

/** A host of an image registry, with an optional port. */
export const REGISTRY_HOST = /^[a-z0-9.-]{1,253}(?::[0-9]{1,5})?$/;

/** Returns the host of an image's registry. */
export function registryOf(reference: string): string {
  const [first = '', ...rest] = reference.split('/');
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const host = isHost ? first.toLowerCase() : DOCKER_HUB;
  return host === 'index.docker.io' ? DOCKER_HUB : host; // container engines treat both as one
}

/** Returns an issue for each image from a registry that is not allowed. Without a list, every registry is allowed. */
export function registryIssues(
  containers: readonly Pick<ContainerSpec, 'image'>[],
  allowed: readonly string[] | undefined,
): Issue[] {
  if (!allowed) return [];
  const message = `image must come from a registry in the operator's list (allowed_registries): ${allowed.join(', ')}`;
  return containers.flatMap(({ image }, index) =>
    allowed.includes(registryOf(image)) ? [] : [{ pointer: toPointer(['containers', index, 'image']), message }],
  );
}
