import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  type ComputeError,
  ProviderFailedError,
  ProvisionFailedError,
  ResourceConflictError,
  ThrottledError,
} from '../../../../src/compute/errors.ts';
import { openLoopback } from '../../../support/loopback.ts';
import { engineSuite } from './engine-suite.ts';
import { Lab } from './lab.ts';
import { type RegistryOptions, startRegistry } from './registry.ts';

async function errorOf(call: Promise<unknown>): Promise<ComputeError> {
  return call.then(
    () => expect.fail('the call succeeded'),
    (error) => error,
  );
}

engineSuite('the error names the cause and the next step:', () => {
  let lab: Lab;
  const cleanups: (() => Promise<void>)[] = [];
  beforeEach(async () => {
    lab = await Lab.open();
  });
  afterEach(async () => {
    await lab.clear();
    for (const cleanUp of cleanups.splice(0)) await cleanUp();
  });

  async function registry(options?: RegistryOptions): Promise<string> {
    const { host, close } = await startRegistry(options);
    cleanups.push(close, () =>
      lab.docker
        .getImage(`${host}/app:1`)
        .remove({ force: true })
        .catch(() => undefined),
    );
    return host;
  }

  async function occupyPort(): Promise<number> {
    const { address, close } = await openLoopback(() => undefined);
    cleanups.push(close);
    return Number(address.split(':')[1]);
  }

  /** The engine's init process runs for a moment before the command fails. */
  const failing = { restart: 'no', settle_seconds: 5 };
  const withImage = (image: string) => lab.specOf('acme', [lab.container('true', { image })], failing);

  test('a command that is not in the image', async () => {
    const spec = lab.specOf('acme', [lab.idler(), { ...lab.server(), command: ['no-such-program'] }]);
    const error = await errorOf(lab.provider().provision(spec));
    expect(error).toBeInstanceOf(ProvisionFailedError);
    expect(error.message).toBe('provisioning failed: container web: its command is not in the image');
    expect(error.hint).toContain('Correct command');
  });

  test('a host port that another program uses', async () => {
    const host_port = await occupyPort();
    const spec = lab.specOf('acme', [lab.server(1, { ports: [{ container_port: 8080, host_port }] })]);
    const error = await errorOf(lab.provider().provision(spec));
    expect(error).toBeInstanceOf(ResourceConflictError);
    expect(error.message).toContain(`host port ${host_port} is already in use on the engine's host`);
    expect(error.hint).toContain('request another host_port');
  });

  test('a chosen port that is in use is replaced by another, without an error', async () => {
    const taken = await occupyPort();
    const first = Math.min(Math.max(taken - 1, 1024), 65_526);
    const provider = lab.provider({ port_range: { first, last: first + 9 } });
    const ports = Array.from({ length: 4 }, (_, index) => ({ container_port: 8080 + index }));
    const { status, endpoints } = await provider.provision(lab.specOf('acme', [lab.server(1, { ports })]));
    expect(status).toBe('success');
    expect(endpoints.map(({ port }) => port)).not.toContain(taken);
  });

  test('a container name that is in use outside of Berth', async () => {
    const name = `${lab.prefix}_${lab.name}_acme_web_1`;
    const foreign = await lab.docker.createContainer({ name, Image: lab.image });
    const error = await errorOf(lab.provider().provision(lab.spec('acme')));
    expect(error).toBeInstanceOf(ResourceConflictError);
    expect(error.message).toContain(`the container ${name} exists and does not carry Berth's labels`);
    expect(await lab.inventory()).toEqual([`container ${name}`]);
    expect((await foreign.inspect()).State.Status).toBe('created');
  });

  test('more CPU than the host has', async () => {
    const spec = { ...lab.spec('acme'), resources: { cpu: 4_000_000, memory: 256 } };
    expect((await errorOf(lab.provider().provision(spec))).message).toMatch(/requests more CPU than the \S+ cores/);
  });

  test('a missing image is pulled, with a log', async () => {
    const host = await registry();
    const error = await errorOf(lab.provider().provision(withImage(`${host}/app:1`)));
    expect(error.message).toContain('its command is not in the image'); // it was pulled, and is empty
    const messages = lab.logged.map((line) => JSON.parse(line)).filter(({ image }) => image);
    expect(messages).toEqual([
      expect.objectContaining({ message: 'pulling image', image: `${host}/app:1` }),
      expect.objectContaining({ message: 'image pulled', image: `${host}/app:1` }),
    ]);
  });

  test('an image that is not in the registry', async () => {
    const image = `${await registry()}/app:2`;
    const error = await errorOf(lab.provider().provision(withImage(image)));
    expect(error).toBeInstanceOf(ProvisionFailedError);
    expect(error.message).toContain(`image ${image} does not exist, or the credentials do not permit reading it`);
    expect(error.hint).toContain('Correct the image');
  });

  test('wrong credentials, which are read from the secrets folder and never shown', async () => {
    const host = await registry({ user: { name: 'berth', password: 'canary-password' } });
    const spec = withImage(`${host}/app:1`);
    const registries = { [host]: { username: 'berth', password_key: 'registry' } };
    const attempt = async (settings: object) => errorOf(lab.provider({ ...settings }).provision(spec));

    expect((await attempt({})).message).toContain(`the registry ${host} requires credentials`);
    expect((await attempt({ registries })).message).toContain(`the password for the registry ${host} cannot be read`);
    lab.writeSecret('registry', 'canary-wrong');
    expect((await attempt({ registries })).hint).toContain('registries of the provider');
    lab.writeSecret('registry', 'canary-password\n');
    expect((await attempt({ registries })).message).toContain('its command is not in the image');
    expect(lab.logged.join('\n')).not.toContain('canary');
  });

  test('a registry over its rate limit is throttling', async () => {
    const host = await registry({ isBusy: true });
    expect(await errorOf(lab.provider().provision(withImage(`${host}/app:1`)))).toBeInstanceOf(ThrottledError);
  });

  test('an unreachable registry is retryable', async () => {
    const { host, close } = await startRegistry();
    await close();
    const error = await errorOf(lab.provider().provision(withImage(`${host}/app:1`)));
    expect(error).toBeInstanceOf(ProviderFailedError);
    expect(error).toMatchObject({
      retryable: true,
      message: expect.stringContaining(`could not be pulled from ${host}`),
    });
    // What is there of it says so too, and not that something is gone.
    const [container] = (await lab.provider().getStatus('acme')).containers;
    expect(container).toMatchObject({ state: 'starting', ready: false });
    expect(container?.message).toContain('has not been created yet');
  });

  test('a network that containers of others are connected to', async () => {
    const provider = lab.provider();
    await provider.provision(lab.spec('acme'));
    const network = `${lab.prefix}_${lab.name}_acme`;
    const guest = await lab.docker.createContainer({
      name: `${lab.prefix}_guest`,
      Image: lab.image,
      Cmd: ['sleep', '1000'],
      HostConfig: { NetworkMode: network },
    });
    await guest.start();
    const error = await errorOf(provider.destroy('acme'));
    expect(error.message).toContain(
      `containers of others are connected to the network ${network}: ${lab.prefix}_guest`,
    );
    await guest.remove({ force: true });
    await provider.destroy('acme');
    expect(await lab.inventory()).toEqual([]);
  });
});
