import { defaultLabels, originLabels } from '../../../compute/labels.ts';
import type { TenantComputeSpec } from '../../../compute/spec/spec.ts';
import { mountedVolumes } from '../../../compute/volumes/volumes.ts';
import { type Holder, isTenants, LABEL, ownedFilter } from '../labels.ts';
import type { Names } from '../names.ts';
import { ContainerFailureError, nameInUse } from './container-failure.ts';
import type { Engine } from './engine.ts';

/** A volume with a tenant's data: its name in the specification, and on the engine. */
export interface DataVolume {
  volume: string;
  name: string;
}

/** Returns the volumes with data of a tenant, also those that a destroy kept. */
export async function listDataVolumes(engine: Engine, tenantId: string, holder: Holder): Promise<DataVolume[]> {
  const volumes = await engine.listVolumes(ownedFilter(holder.provider, tenantId));
  return volumes
    .filter(({ Labels }) => isTenants(Labels, tenantId, holder))
    .flatMap(({ Name: name, Labels }) => {
      const volume = Labels?.[LABEL.volume];
      return volume === undefined ? [] : [{ volume, name }];
    });
}

/**
 * Creates the missing volumes of a specification. Their labels never change on the engine, so they carry neither labels of
 * the specification nor an incarnation. Throws `ContainerFailureError` if a name belongs to something else.
 */
export async function ensureDataVolumes(
  engine: Engine,
  names: Names,
  spec: TenantComputeSpec,
  holder: Holder,
): Promise<void> {
  const { provider, origin } = holder;
  for (const volume of mountedVolumes(spec)) {
    const name = names.dataVolume(volume);
    const found = await engine.inspectVolume(name);
    if (found && !isTenants(found.Labels, spec.tenant_id, holder)) {
      throw new ContainerFailureError(nameInUse('volume', name));
    }
    if (found) continue;
    const { installation } = origin;
    const labels = { ...defaultLabels(spec.tenant_id, provider), ...originLabels({ installation }) };
    await engine.createVolume(name, { ...labels, [LABEL.volume]: volume });
  }
}
