/** The labels on everything that Berth creates. Berth never touches a resource without them. */
export const OWNER_LABEL = 'berth.owner';
export const TENANT_LABEL = 'berth.tenant_id';
export const PROVIDER_LABEL = 'berth.provider';
/** The installation that created a resource. Resources of versions before this label lack it. */
export const INSTALLATION_LABEL = 'berth.installation';
/** The life of the tenant id that a resource was created for, or marked for last. Older resources lack it. */
export const INCARNATION_LABEL = 'berth.incarnation';
export const OWNER = 'berth';

/** For whom a resource is created: the two labels beside the default ones. Both may be unknown. */
export interface Origin {
  installation?: string | undefined;
  incarnation?: string | undefined;
}

/** Returns the default labels of a tenant's resources on a provider. */
export function defaultLabels(tenantId: string, provider: string): Record<string, string> {
  return { [OWNER_LABEL]: OWNER, [TENANT_LABEL]: tenantId, [PROVIDER_LABEL]: provider };
}

/** Returns the labels that tell for whom a resource was created, as far as that is known. */
export function originLabels({ installation, incarnation }: Origin): Record<string, string> {
  return {
    ...(installation !== undefined && { [INSTALLATION_LABEL]: installation }),
    ...(incarnation !== undefined && { [INCARNATION_LABEL]: incarnation }),
  };
}

/**
 * Returns the labels of a resource: the tenant's own labels, overridden by the default labels and those of the origin. A
 * specification cannot set the labels of the origin.
 */
export function labelsFor(
  spec: { tenant_id: string; labels?: Readonly<Record<string, string>> | undefined },
  provider: string,
  origin: Origin = {},
): Record<string, string> {
  const { [INSTALLATION_LABEL]: _, [INCARNATION_LABEL]: __, ...labels } = spec.labels ?? {};
  return { ...labels, ...defaultLabels(spec.tenant_id, provider), ...originLabels(origin) };
}

/**
 * Tells whether a resource with these labels belongs to Berth and to this provider. With an installation, a resource with
 * the label of another one does not; a resource without that label does.
 */
export function isOwned(
  labels: Readonly<Record<string, string | undefined>>,
  provider: string,
  installation?: string,
): boolean {
  const isBerths = labels[OWNER_LABEL] === OWNER && labels[PROVIDER_LABEL] === provider;
  return isBerths && Boolean(labels[TENANT_LABEL]) && !isForeign(labels[INSTALLATION_LABEL], installation);
}

/** Returns true if both installations are known and differ. */
export function isForeign(found: string | undefined, installation: string | undefined): boolean {
  return found !== undefined && installation !== undefined && found !== installation;
}

/** Returns true where resources with this mark belong to another life of the tenant id than a call with this incarnation. */
export function isOtherIncarnation(mark: string | undefined, incarnation: string | undefined): boolean {
  return mark !== undefined && incarnation !== undefined && mark !== incarnation;
}
