/**
 * Returns a specification that was recorded, as the present version writes it. Earlier versions recorded `networking.dns`,
 * which had no effect on any provider. It is left out, and does not become a `hostname`: nothing made two of them differ.
 */
export function readRecordedSpec<Spec extends { networking?: object | undefined }>(spec: Spec): Spec {
  if (!spec?.networking || !('dns' in spec.networking)) return spec;
  const { dns: _, ...networking } = spec.networking;
  return { ...spec, networking };
}
