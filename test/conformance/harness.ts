import type { ProviderDescriptor } from '../../src/compute/descriptor/descriptor.ts';
import type { Provider, ProviderOptions } from '../../src/compute/provider.ts';
import type { TenantComputeSpec, VolumeMount } from '../../src/compute/spec/spec.ts';
import type { IgnorableField } from './ignorable-fields.ts';

/** The variable parts of a rule's specification. */
export interface SpecOptions {
  tenantId: string;
  /** Default 1. Specifications of different versions differ in their first container, and only there. */
  version?: number | undefined;
  labels?: Record<string, string> | undefined;
  /** A text to use as an env value and, if the provider resolves secrets, in the value of a secret. */
  canary?: string | undefined;
}

/** A specification without what the suite fills in. */
export type SpecParts = Partial<TenantComputeSpec> & Pick<TenantComputeSpec, 'containers'>;

export interface FreshOptions {
  name?: string | undefined;
  /** The setting `allowed_registries`. Passed only if the provider's schema has it. */
  allowedRegistries?: readonly string[] | undefined;
  /** Settings with which the next version of a tenant waits for approval. Ignored by providers where none waits. */
  approval?: boolean | undefined;
}

/** A provider whose process is killed in the middle of its work. */
export interface Mortal {
  provider: Provider;
  /** Returns true once the process was killed; false while it made fewer changes. */
  died(): boolean;
}

/** How a container that runs once ends. */
export type OnceEnd = 'success' | 'failure' | 'never';

/** What rules about containers that run once need. */
export interface OnceHarness {
  /**
   * Returns the specification of `spec` with one container more, after the others: `setup`, which runs once. Of all versions
   * it is the same. As a failure it writes `setup is broken` and ends with a code other than 0.
   */
  spec(options: SpecOptions & { end: OnceEnd }): SpecParts;
  /** Returns how often `setup` was begun, in all versions of the tenant. */
  runs(tenantId: string): Promise<number>;
  /** Why `setup` runs again where the version stays the same, if it does. Default: it does not. */
  repeats?: string;
}

/** What rules about programs in containers need. */
export interface ExecHarness {
  /** A command that copies its input to its output, and then ends with code 7. */
  copies: readonly string[];
  /** A command that runs until it is ended. */
  lasts: readonly string[];
  /** True where the backend carries the sessions, so that the suite sees nothing of them. */
  isRemote?: boolean;
}

/** Reads and writes the data in tenants' volumes, as the program of a container would. */
export interface VolumeAccess {
  /** Puts a text into a volume of a tenant that runs. */
  put(tenantId: string, volume: string, text: string): Promise<void>;
  /** Returns the text that is in a volume, also where the tenant does not run; undefined if there is none. */
  get(tenantId: string, volume: string): Promise<string | undefined>;
  /** Returns the text that a container of a running tenant finds in a volume that it mounts. */
  seen(tenantId: string, container: string, mount: VolumeMount): Promise<string | undefined>;
  /** Lets a container try to write to a volume that it mounts. Returns whether it could. Where `read_only` is honoured. */
  canWrite?(tenantId: string, container: string, mount: VolumeMount): Promise<boolean>;
}

/** The connection of the suite to one provider and its backend. Each rule gets a new one, with an empty backend. */
export interface Harness {
  /**
   * Creates a provider as another process would: on the same backend, with the same name (or the given one) and without
   * any memory. The suite closes it; earlier instances stay open beside it. The harness calls `start`, if there is one.
   */
  fresh?(options?: FreshOptions): Promise<Provider>;
  /** Instead of `fresh`, where the subject has a descriptor: what its `create` gets. */
  options?: Pick<ProviderOptions, 'defaults' | 'dataDir'>;

  /**
   * Returns a specification that becomes ready. It has a port if the provider has endpoints. The suite fills in what is
   * missing: the ids, resources, labels, and the canary as an env value of each container.
   */
  spec(options: SpecOptions): SpecParts;
  /**
   * Returns a valid specification that fails to become ready; the provider notices that within the time-out. Or the
   * settings, for `provider_config`, that make `spec` fail.
   */
  failingSpec: ((options: SpecOptions) => SpecParts) | TenantComputeSpec['provider_config'];
  /** Returns a valid specification whose rollout neither succeeds nor fails within the time-out, or the settings for it. */
  stuckSpec: ((options: SpecOptions) => SpecParts) | TenantComputeSpec['provider_config'];
  /** Returns one for which `provision` and `update` never return, if a backend can hang. Default: `stuckSpec`. */
  hangingSpec?(options: SpecOptions): SpecParts;

  /** Returns the names of all resources of the backend that a destroy has to remove, without asking the provider. */
  inventory(): Promise<string[]>;
  /** Removes everything, the backend included. Called once, also after a rule that failed. */
  cleanup(): Promise<void>;

  /** Creates a foreign resource under the name that this tenant's resource would have. It is in the inventory. */
  plantForeign?(tenantId: string): Promise<void>;
  /** Returns the labels of each resource of the tenant, without asking the provider. */
  labels?(tenantId: string): Promise<Record<string, string>[]>;
  /** Asks the tenant itself for its version; undefined if nothing answers. */
  answers?(tenantId: string): Promise<number | undefined>;
  /** Returns what changes if a container is replaced, such as its process id. `spec` then has two containers or more. */
  identity?(tenantId: string, container: string): Promise<string | undefined>;
  /** Returns what identifies each process, container or task of the tenant that runs, without asking the provider. */
  instances?(tenantId: string): Promise<string[]>;
  /** Removes the tenant's resources without the provider's knowledge. */
  vanish?(tenantId: string): Promise<void>;
  /** Lets a container write these lines, as its program would. Resolves when they are written. */
  write?(tenantId: string, container: string, lines: readonly string[]): Promise<void>;
  /**
   * Creates a provider, as `fresh` does, whose process is killed at its change number `at` of the backend. That change takes
   * effect, its result is lost, and no later request of the provider reaches the backend. Reads are not counted: after a
   * kill at a read, the backend is as after the change before. The next of its calls rejects, or returns before the kill.
   */
  mortal?(at: number): Promise<Mortal>;
  /** Present exactly if the provider has the capability `start_order`. */
  once?: OnceHarness;
  /** Present exactly if the provider has the capability `exec`. */
  exec?: ExecHarness;
  /** The data in volumes, reached without the provider. */
  volumes?: VolumeAccess;
  /** Returns what other users can read: command lines, labels, log files of the provider. */
  exposed?(): Promise<string>;
}

/** The optional methods of a harness. A rule that needs one is skipped only if the subject gives a reason. */
export const features = [
  'plantForeign',
  'labels',
  'answers',
  'identity',
  'instances',
  'vanish',
  'write',
  'mortal',
  'exposed',
  'volumes',
] as const;
export type Feature = (typeof features)[number];

/** A provider under test. */
export interface Subject {
  /** The type under test. Default: the harness creates providers itself, by `fresh`. */
  descriptor?: ProviderDescriptor;
  create(): Promise<Harness>;
  /** Milliseconds within which every call returns and every rollout ends. Default 10 000. */
  timeout?: number;
  /** The features that the harness lacks, each with the reason. */
  without?: Partial<Record<Feature, string>>;
  /** Fields that the provider acts on and that its capabilities do not tell. `validate` has to warn of all others. */
  honours?: readonly IgnorableField[];
  /**
   * Rules about kills kill at every change of this stride, each rule with another first one. Default 1. For providers whose
   * kills take long.
   */
  killStride?: number;
  /** How many tenants to list at once; more than one page of the backend. Default 12. */
  many?: number;
}
