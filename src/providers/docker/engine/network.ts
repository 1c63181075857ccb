import type Docker from 'dockerode';
import { DestroyFailedError } from '../../../compute/errors.ts';
import { labelsFor } from '../../../compute/labels.ts';
import type { TenantComputeSpec } from '../../../compute/spec/spec.ts';
import { isTenants } from '../labels.ts';
import type { Names } from '../names.ts';
import type { OwnedNetwork, EngineState } from '../rollout/engine-state.ts';
import { inTurn } from '../rollout/tenant-lock.ts';
import type { Engine } from './engine.ts';
import { EngineError } from './engine-error.ts';
import { TroubleError, toTrouble } from './trouble.ts';

const ATTEMPTS = 10;
const SCRATCH = '_range';

/**
 * The id of the tenant's network, made where it is missing. A container keeps its address when it is connected anew
 * (`giveName`), which the engine allows only in a network of a chosen range: so it chooses one, for a network that
 * is removed again at once, and the range goes to the network that stays.
 */
export async function ensureNetwork(
  engine: Engine,
  names: Names,
  spec: TenantComputeSpec,
  provider: string,
  world: EngineState,
): Promise<string> {
  // By its labels: the prefix of names may have changed since it was made.
  const present = world.networks.find(({ name }) => !name.endsWith(SCRATCH));
  if (present) return present.id;
  const labels = labelsFor(spec, provider);
  const scratch = names.network + SCRATCH;
  await Promise.all(world.networks.map(({ id }) => engine.removeNetwork(id)));
  // One at a time, so that a range which is free for an instant does not go to two tenants; between hosts it is tried again.
  return inTurn('networks', async () => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const range = await chooseRange(engine, scratch, labels);
        return await engine.createNetwork({
          Name: names.network,
          CheckDuplicate: true,
          Driver: 'bridge',
          Labels: labels,
          IPAM: range,
        });
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        const made = await engine.inspectNetwork(names.network);
        if (made) return ownId(made, spec.tenant_id, provider);
        if (!/overlap/i.test(error.reason) || attempt === ATTEMPTS) throw new TroubleError(toTrouble(error.reason));
      }
    }
  });
}

async function chooseRange(engine: Engine, name: string, labels: Record<string, string>) {
  const id = await engine.createNetwork({ Name: name, CheckDuplicate: true, Driver: 'bridge', Labels: labels });
  const Config = (await engine.inspectNetwork(id))?.IPAM?.Config ?? [];
  await engine.removeNetwork(id);
  return { Driver: 'default', Config };
}

function ownId(network: Docker.NetworkInspectInfo, tenantId: string, provider: string): string {
  if (isTenants(network.Labels, tenantId, provider)) return network.Id;
  throw new TroubleError(foreign('network', network.Name));
}

export function foreign(kind: 'network' | 'container', name: string) {
  return {
    message: `the ${kind} ${name} is there and does not carry Berth's labels; rename or remove it`,
    isConflict: true,
  };
}

/**
 * Lets the others find a running container under its name. It was not found before, so nobody misses it in the instant that
 * it takes; its address and its open connections stay.
 */
export async function giveName(engine: Engine, network: string, id: string, name: string): Promise<void> {
  const inspected = await engine.inspectContainer(id);
  const endpoints = inspected?.NetworkSettings.Networks ?? {};
  const endpoint =
    Object.values(endpoints).find(({ NetworkID }) => NetworkID === network) ??
    // Podman tells the name of a network where its id belongs.
    endpoints[(await engine.inspectNetwork(network))?.Name ?? ''];
  if (!inspected || (Array.isArray(endpoint?.Aliases) && endpoint.Aliases.includes(name))) return;
  const address = endpoint?.IPAddress;
  if (endpoint) await engine.disconnect(network, id);
  await engine.connect(network, {
    Container: id,
    EndpointConfig: { Aliases: [name], ...(address && { IPAMConfig: { IPv4Address: address } }) },
  });
}

/** Removes networks that no container of the tenant is on any more. Others' containers on them are not touched, so they stop it. */
export async function removeNetworks(engine: Engine, networks: readonly OwnedNetwork[]): Promise<void> {
  for (const { id, name } of networks) {
    try {
      await engine.removeNetwork(id);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      const others = Object.values((await engine.inspectNetwork(id))?.Containers ?? {}).map(
        (container) => container.Name,
      );
      throw new DestroyFailedError(
        others.length > 0
          ? `the network ${name} has containers on it that are not the tenant's: ${others.join(', ')}`
          : `the network ${name} could not be removed: ${error.reason}`,
        others.length > 0 ? { hint: 'Disconnect them, and destroy the tenant again.' } : {},
      );
    }
  }
}
