import { defineProvider } from 'berth/provider';
import { FolderConfig } from './config.ts';

/** Berth reads this export of the package: `{"type": "berth-folder"}` in BERTH_PROVIDERS, CDK context or the construct. */
export const provider = defineProvider({
  type: 'folder',
  // Loaded on demand: what a backend's client costs at start is paid by the functions that call it, and by no other.
  create: async (options) => (await import('./provider.ts')).createFolderProvider(options),
  configSchema: FolderConfig,
});
