/** Converts a name to a construct id: `provision-tenant` → `ProvisionTenant`. */
export function constructId(name: string): string {
  return name
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
