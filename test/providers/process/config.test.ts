import { describe, expect, it } from 'vitest';
import { InvalidProviderError } from '../../../src/compute/errors.ts';
import { ProcessConfig } from '../../../src/providers/process/config.ts';
import { createProcessProvider } from '../../../src/providers/process/provider.ts';

describe('the configuration', () => {
  it('refuses wrong defaults, and names each mistake', () => {
    const make = () =>
      createProcessProvider({
        name: 'process',
        defaults: { stop_grace_seconds: -1, secrets_directory: 'here', gravity: 9 },
      });
    expect(make).toThrow(InvalidProviderError);
    expect(make).toThrow(/stop_grace_seconds must be .* from 0 to 600/);
    expect(make).toThrow(/secrets_directory must be an absolute path/);
    expect(make).toThrow(/unknown field: gravity/);
  });

  it('has a default for every required setting', () => {
    expect(ProcessConfig.parse({})).toMatchObject({
      stop_grace_seconds: 10,
      start_timeout_seconds: 60,
      restart_delay_seconds: 1,
    });
  });

  it('publishes the defaults without folders of this machine', () => {
    const defaults = {
      secrets_directory: '/srv/secrets',
      working_directory: '/srv',
      path: '/srv/bin',
      stop_grace_seconds: 3,
    };
    expect(createProcessProvider({ name: 'process', defaults }).configDefaults).toEqual({ stop_grace_seconds: 3 });
  });
});
