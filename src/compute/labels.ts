/** The labels Berth puts on everything it creates. What does not carry them is not Berth's, and is never touched. */
export const OWNER_LABEL = 'berth.owner';
export const TENANT_LABEL = 'berth.tenant_id';
export const PROVIDER_LABEL = 'berth.provider';
export const OWNER = 'berth';

/** The default labels of one tenant's resources on one provider. */
export function defaultLabels(tenantId: string, provider: string): Record<string, string> {
  return { [OWNER_LABEL]: OWNER, [TENANT_LABEL]: tenantId, [PROVIDER_LABEL]: provider };
}

/** What a resource of this specification is labelled with: the tenant's own labels, over which the defaults always win. */
export function labelsFor(
  spec: { tenant_id: string; labels?: Readonly<Record<string, string>> | undefined },
  provider: string,
): Record<string, string> {
  return { ...spec.labels, ...defaultLabels(spec.tenant_id, provider) };
}

/** Whether these labels say that the resource is Berth's and belongs to this provider. */
export function isOwned(labels: Readonly<Record<string, string | undefined>>, provider: string): boolean {
  return labels[OWNER_LABEL] === OWNER && labels[PROVIDER_LABEL] === provider && Boolean(labels[TENANT_LABEL]);
}
