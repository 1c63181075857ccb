import type { VolumeMount } from '../../../compute/spec/spec.ts';
import { type Fields, isFields, type Ledger, type Path, toName } from '../imported.ts';
import { toMountPath } from './mount-path.ts';

/** What a mount of a service says, in whichever of the two forms. */
interface Mount {
  type: string;
  source: string;
  target: string;
  readOnly: boolean;
}

const WINDOWS = /^[A-Za-z]:[\\/]/;
const HOST_PATH = /^[./~\\]/;

/**
 * Converts the mounts of a service. Named volumes become volumes of the tenant. An anonymous one, whose data Compose keeps
 * when it recreates the container, gets a name of its container and path. Mounts of the host are refused.
 */
export function toVolumes(volumes: unknown, container: string, at: Path, ledger: Ledger): VolumeMount[] {
  if (!Array.isArray(volumes)) return [];
  return volumes.flatMap((volume: unknown, index) => {
    const place = [...at, index];
    const mount = isFields(volume) ? fromMap(volume, place, ledger) : fromText(volume);
    if (!mount) {
      ledger.refuse(place, 'a volume must be a text such as data:/var/lib/data, or a map');
      return [];
    }
    if (!isKept(mount, isFields(volume), place, ledger)) return [];
    const path = toMountPath(mount.target);
    const name = toName(mount.source || `${container}${path}`).slice(0, 63);
    if (mount.source === '') ledger.lose(place, `the anonymous volume is kept as ${name}, a volume of the tenant`);
    return [{ name, path, ...(mount.readOnly && { read_only: true }) }];
  });
}

/** Notes what a volume of the file has that those of a tenant do not have. */
export function checkDeclarations(volumes: unknown, ledger: Ledger): void {
  if (!isFields(volumes)) return;
  const names = new Map<string, string>();
  for (const [name, fields] of Object.entries(volumes)) {
    const other = names.get(toName(name));
    if (other !== undefined) ledger.refuse(['volumes', name], `${name} and ${other} get the same name; rename one`);
    names.set(toName(name), name);
    if (!isFields(fields)) continue;
    if (fields.external)
      ledger.lose(['volumes', name, 'external'], 'the volume of the tenant is another one, and empty');
    const isLocal = fields.driver === undefined || fields.driver === 'local';
    if (!isLocal) ledger.lose(['volumes', name, 'driver'], 'the provider of the tenant decides where volumes are');
    if (fields.driver_opts) ledger.lose(['volumes', name, 'driver_opts'], 'they are options of a driver of Docker');
    if (fields.labels) ledger.lose(['volumes', name, 'labels'], 'volumes have the labels of Berth only');
  }
}

/** `SOURCE:TARGET[:MODE]`, or `TARGET` alone. A path of Windows has a colon of its own. */
function fromText(text: unknown): Mount | undefined {
  if (typeof text !== 'string') return undefined;
  const isWindows = WINDOWS.test(text);
  const [first = '', ...rest] = (isWindows ? text.slice(2) : text).split(':');
  const [target, mode = ''] = rest;
  if (target === undefined && !isWindows) return { type: 'volume', source: '', target: first, readOnly: false };
  const source = isWindows ? text.slice(0, 2) + first : first;
  return { type: 'volume', source, target: target ?? '', readOnly: mode.split(',').includes('ro') };
}

function fromMap({ type, source, target, read_only, volume }: Fields, at: Path, ledger: Ledger): Mount {
  const { subpath, nocopy } = isFields(volume) ? volume : {};
  if (subpath !== undefined) ledger.lose([...at, 'volume', 'subpath'], 'the whole volume is mounted');
  if (nocopy === true) ledger.lose([...at, 'volume', 'nocopy'], 'a provider may fill an empty volume from the image');
  const text = (value: unknown) => (value === undefined || value === null ? '' : String(value));
  return {
    type: type === undefined ? 'volume' : text(type),
    source: text(source),
    target: text(target),
    readOnly: read_only === true,
  };
}

function isKept({ type, source, target }: Mount, isMap: boolean, at: Path, ledger: Ledger): boolean {
  const isHost = HOST_PATH.test(source) || WINDOWS.test(source);
  if (isHost || type === 'bind' || type === 'npipe') {
    const path = ledger.quote(isMap ? [...at, 'source'] : at, source || 'it');
    ledger.refuse(at, `${path} mounts a path of the host, which tenants share; put the files into the image`);
    return false;
  }
  if (type === 'tmpfs') ledger.lose(at, 'a folder in memory is imported from tmpfs of the service only');
  else if (type !== 'volume') ledger.refuse(at, `type ${type} is unknown: tenants have volumes`);
  else if (target === '') ledger.refuse(at, 'it names no path in the container');
  else return true;
  return false;
}
