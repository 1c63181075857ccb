import { clashMistakes, type ProviderDescriptor } from '../../../src/compute/descriptor/descriptor.ts';
import { InvalidProviderError, type Issue, messageOf, toPointer } from '../../../src/compute/errors.ts';
import type { Logger } from '../../../src/compute/logger.ts';
import type { FrontDoor, Provider } from '../../../src/compute/provider.ts';
import { loadType } from '../../../src/providers/provider-modules.ts';
import { type Config, ConfigError } from './config.ts';

interface Settings {
  /** True where a deployment has checked the settings. */
  defaultsAreChecked?: boolean | undefined;
  logger: Logger;
  frontDoor?: FrontDoor | undefined;
}

/** Creates every configured provider. Throws `ConfigError`, which names each provider that is wrong, and its module. */
export async function createProviders(config: Config, settings: Settings): Promise<Provider[]> {
  const names = Object.keys(config.providers);
  const types = await Promise.all(Object.values(config.providers).map(async ({ type }) => loadType(type)));
  const loaded = types.flatMap(({ descriptor, isChecked = true }, index) => {
    const [name = '', { type = '', defaults = {} } = {}] = Object.entries(config.providers)[index] ?? [];
    return descriptor ? [{ name, type, defaults, descriptor, isChecked }] : [];
  });
  refuse([
    ...types.flatMap(({ mistake }, index) => (mistake === undefined ? [] : [{ name: names[index], mistake }])),
    ...clashMistakes(loaded),
  ]);
  const created = await Promise.all(loaded.map((each) => create(each, config.dataDir, settings)));
  try {
    refuse(created.flatMap((each) => ('mistake' in each ? [each] : [])));
  } catch (error) {
    await Promise.allSettled(created.map(async (each) => 'provider' in each && each.provider.close?.()));
    throw error;
  }
  return created.flatMap((each) => ('provider' in each ? [each.provider] : []));
}

interface Mistake {
  name: string | undefined;
  mistake: string;
}

function refuse(mistakes: readonly Mistake[]): void {
  const issues = mistakes.map(({ name = '', mistake: message }): Issue => {
    return { pointer: toPointer(['BERTH_PROVIDERS', name]), message };
  });
  if (issues.length > 0) throw new ConfigError(issues);
}

interface Loaded {
  name: string;
  type: string;
  defaults: Record<string, unknown>;
  descriptor: Pick<ProviderDescriptor, 'create'>;
  isChecked: boolean;
}

/** Returns a provider, or what is wrong with its module or its settings. */
async function create(
  { name, type, defaults, descriptor, isChecked }: Loaded,
  dataDir: string,
  { defaultsAreChecked = false, logger, frontDoor }: Settings,
): Promise<{ provider: Provider } | Mistake> {
  try {
    const provider = await descriptor.create({
      name,
      defaults,
      defaultsAreChecked: defaultsAreChecked && isChecked,
      dataDir,
      logger,
      frontDoor,
    });
    const mistake = mistakeIn(provider, name, type);
    return mistake === undefined ? { provider } : { name, mistake };
  } catch (error) {
    if (error instanceof InvalidProviderError) return { name, mistake: error.message };
    return { name, mistake: `create of the module ${type} failed: ${messageOf(error)}` };
  }
}

const METHODS = [
  'provision',
  'update',
  'destroy',
  'getStatus',
  'validate',
  'list',
] as const satisfies (keyof Provider)[];

/** Returns what is wrong with the shape of a provider: types do not protect modules from elsewhere. */
function mistakeIn(provider: Provider | undefined, name: string, type: string): string | undefined {
  const missing = METHODS.filter((method) => typeof provider?.[method] !== 'function');
  if (missing.length > 0) return `create of the module ${type} returned a provider without ${missing.join(', ')}`;
  if (provider?.name === name) return undefined;
  return `create of the module ${type} returned a provider with another name. Take options.name`;
}
