/** The labels on everything that Berth creates. Berth never touches a resource without them. */
export const OWNER_LABEL = 'berth.owner';
export const TENANT_LABEL = 'berth.tenant_id';
export const PROVIDER_LABEL = 'berth.provider';
export const OWNER = 'berth';
/** The life of the tenant id that the resources belong to. Resources of older versions of Berth lack it. */
export const INCARNATION_LABEL = 'berth.incarnation';

/** Returns the default labels of a tenant's resources on a provider. */
export function defaultLabels(tenantId: string, provider: string): Record<string, string> {
  return { [OWNER_LABEL]: OWNER, [TENANT_LABEL]: tenantId, [PROVIDER_LABEL]: provider };
}

/** Returns the labels of a resource: the tenant's own labels, overridden by the default labels. */
export function labelsFor(
  spec: { tenant_id: string; labels?: Readonly<Record<string, string>> | undefined },
  provider: string,
): Record<string, string> {
  return { ...spec.labels, ...defaultLabels(spec.tenant_id, provider) };
}

/** Tells whether a resource with these labels belongs to Berth and to this provider. */
export function isOwned(labels: Readonly<Record<string, string | undefined>>, provider: string): boolean {
  return labels[OWNER_LABEL] === OWNER && labels[PROVIDER_LABEL] === provider && Boolean(labels[TENANT_LABEL]);
}

/** Returns true where resources with this mark belong to another life of the tenant id than a call with this incarnation. */
export function isOtherLife(mark: string | undefined, incarnation: string | undefined): boolean {
  return mark !== undefined && incarnation !== undefined && mark !== incarnation;
}
