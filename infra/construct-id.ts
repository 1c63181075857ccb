/** `provision-tenant` → `ProvisionTenant`: ids as CDK has them, and names of resources that can be read. */
export function constructId(name: string): string {
  return name
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
