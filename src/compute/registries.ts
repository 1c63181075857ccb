import { type Issue, toPointer } from './errors.ts';
import type { ContainerSpec } from './spec/spec.ts';

/** Where images come from whose references name no host. */
export const DOCKER_HUB = 'docker.io';

/** What a host of a registry looks like, with its port if it is not the usual one. */
export const REGISTRY_HOST = /^[a-z0-9.-]{1,253}(?::[0-9]{1,5})?$/;

/** The host of the registry that an image comes from. */
export function registryOf(reference: string): string {
  const [first = '', ...rest] = reference.split('/');
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const host = isHost ? first.toLowerCase() : DOCKER_HUB;
  return host === 'index.docker.io' ? DOCKER_HUB : host; // as engines read it
}

/** The images of registries that the operator does not allow. Without a list, all are allowed. */
export function registryIssues(
  containers: readonly Pick<ContainerSpec, 'image'>[],
  allowed: readonly string[] | undefined,
): Issue[] {
  if (!allowed) return [];
  const message = `image must be of a registry that the operator allows (allowed_registries): ${allowed.join(', ')}`;
  return containers.flatMap(({ image }, index) =>
    allowed.includes(registryOf(image)) ? [] : [{ pointer: toPointer(['containers', index, 'image']), message }],
  );
}
