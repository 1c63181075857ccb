import type * as z from 'zod';
import { InvalidProviderError } from '../errors.ts';
import type { PermissionStatement, Permissions, RegisteredSettings } from '../permissions.ts';
import type { ProviderFactory } from '../provider.ts';

/** Events of a backend on the default bus of the account, in the notation of EventBridge. */
export interface BackendEventPattern {
  source: readonly string[];
  'detail-type': readonly string[];
  /** ARNs, or their beginnings. */
  resources?: readonly (string | { prefix: string })[] | undefined;
  detail?: Readonly<Record<string, unknown>> | undefined;
}

/** Where a provider can run: in a function on Lambda, or in a control plane on one machine. */
export type ProviderHost = 'lambda' | 'host';

/**
 * A type of provider: what Berth has to know before it creates one. The local host, the bundler, permissions, event rules
 * and concurrency read it; there is no other list of types. A module exports it as `provider`, and `type` in the settings
 * of an installation names the module. Berth's own types have no privilege.
 *
 * The bundle of the functions leaves out the fields that only a deployment reads, so they may import what they like.
 */
export interface ProviderDescriptor {
  /** 1 to 63 lower-case letters, digits or hyphens, such as `nomad`. No type that Berth has built in. */
  readonly type: string;
  /** Creates a provider. Loads heavy clients by `await import()`, because a cold start waits for everything else. */
  readonly create: ProviderFactory;
  /**
   * The schema of the operator's settings, as in `Provider.configSchema`. A deployment and the local host check the settings
   * with it before anything starts. Default: only `create` checks them.
   */
  readonly configSchema?: z.ZodType | undefined;
  /**
   * The IAM permissions that the functions need for each call of a provider: the same for every call, or a function. A
   * provider that loads a client of the AWS SDK has to declare them, `[]` if it needs none. Default: none.
   */
  readonly permissions?: Permissions | readonly PermissionStatement[] | undefined;
  /**
   * The events of the backend about tenants, which `Provider.tenantOf` reads, or a function that returns undefined if there
   * are none under these settings. Default: none.
   */
  readonly events?:
    | BackendEventPattern
    | ((settings: RegisteredSettings) => BackendEventPattern | undefined)
    | undefined;
  /** How many functions of each kind may change tenants at the same time, if the API of the backend throttles. */
  readonly maxConcurrentChanges?: number | undefined;
  /** Default: both. Without `lambda` for a provider that runs tenants on the machine of the control plane. */
  readonly runsOn?: readonly ProviderHost[] | undefined;
  /**
   * Returns true if a process of a tenant has the socket with this inode of this machine open. The local host serves no
   * such callers. For providers whose tenants are processes of the user that runs the control plane.
   */
  readonly isTenantSocket?: ((inode: string) => boolean) | undefined;
  /** Address of the documentation. Messages about wrong settings name it. */
  readonly docs?: string | undefined;
}

/** The fields that only a deployment and the local host read. The bundler of the functions leaves them out. */
export const DEPLOYMENT_FIELDS = [
  'configSchema',
  'permissions',
  'events',
  'maxConcurrentChanges',
  'runsOn',
  'isTenantSocket',
  'docs',
] as const satisfies readonly (keyof ProviderDescriptor)[];

const FIELDS: readonly string[] = ['type', 'create', ...DEPLOYMENT_FIELDS];
const TYPE = /^[a-z0-9][a-z0-9-]{0,62}$/;
const HOSTS: readonly unknown[] = ['lambda', 'host'] satisfies ProviderHost[];

/** Returns the descriptor of a type of provider. Throws `InvalidProviderError` with every mistake in it. */
export function defineProvider<const Descriptor extends ProviderDescriptor>(descriptor: Descriptor): Descriptor {
  const mistakes = descriptorMistakes(descriptor);
  if (mistakes.length > 0) throw new InvalidProviderError(`defineProvider: ${mistakes.join('; ')}`);
  return Object.freeze(descriptor);
}

/** Returns every mistake in what a module exports as its descriptor. */
export function descriptorMistakes(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return ['it is not an object that defineProvider made'];
  const { type, create, permissions, events, maxConcurrentChanges, runsOn, ...more } = value as Record<string, unknown>;
  const mistakes = Object.keys(value)
    .filter((key) => !FIELDS.includes(key))
    .map((key) => `the field ${key} is unknown`);
  const expect = (isRight: boolean, rule: string) => void (isRight || mistakes.push(rule));
  const isOptional = (field: unknown, ...types: string[]) => field === undefined || types.includes(typeof field);
  expect(typeof type === 'string' && TYPE.test(type), 'type must be 1 to 63 lower-case letters, digits or hyphens');
  expect(typeof create === 'function', 'create must be a function that returns a provider');
  expect(
    isOptional(permissions, 'function') || Array.isArray(permissions),
    'permissions must be a list of statements, or a function that returns one',
  );
  expect(
    isOptional(events, 'function') || isPattern(events),
    'events must be an event pattern, or a function that returns one',
  );
  expect(
    maxConcurrentChanges === undefined || (Number.isInteger(maxConcurrentChanges) && Number(maxConcurrentChanges) > 0),
    'maxConcurrentChanges must be a whole number from 1',
  );
  expect(
    runsOn === undefined ||
      (Array.isArray(runsOn) && runsOn.length > 0 && runsOn.every((host) => HOSTS.includes(host))),
    "runsOn must list 'lambda', 'host' or both",
  );
  expect(
    more.configSchema === undefined || typeof (more.configSchema as z.ZodType)?.safeParse === 'function',
    'configSchema must be a zod schema',
  );
  expect(isOptional(more.isTenantSocket, 'function'), 'isTenantSocket must be a function');
  expect(isOptional(more.docs, 'string'), 'docs must be an address');
  return mistakes;
}

function isPattern(events: unknown): boolean {
  const { source, 'detail-type': detailType } = (events ?? {}) as Partial<BackendEventPattern>;
  return Array.isArray(source) && Array.isArray(detailType);
}

/** Returns the providers whose module defines a type that another module defines too. */
export function clashMistakes(
  loaded: readonly { name: string; type: string; descriptor: ProviderDescriptor }[],
): { name: string; mistake: string }[] {
  return loaded.flatMap(({ name, type, descriptor }, index) => {
    const other = loaded
      .slice(0, index)
      .find((before) => before.descriptor.type === descriptor.type && before.descriptor !== descriptor);
    if (!other) return [];
    const both = `the modules ${other.type} and ${type} both define the type ${descriptor.type}`;
    return [{ name, mistake: `${both}. Rename it in one of them` }];
  });
}
