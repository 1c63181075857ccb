import { defineProvider } from 'berth/provider';
import { NomadConfig } from './config.ts';

/** Berth reads this export of the package: `{"type": "berth-nomad"}` in BERTH_PROVIDERS, CDK context or the construct. */
export const provider = defineProvider({
  type: 'nomad',
  create: async (options) => (await import('./provider.ts')).createNomadProvider(options),
  configSchema: NomadConfig,
});
