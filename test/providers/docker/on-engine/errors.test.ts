import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type ComputeError,
  ProviderFailedError,
  ProvisionFailedError,
  ResourceConflictError,
  ThrottledError,
} from '../../../../src/compute/errors.ts';
import { createDockerProvider } from '../../../../src/providers/docker/provider.ts';
import { aSpec } from '../../../support/specs.ts';
import { engineSuite } from './engine-suite.ts';
import { Lab } from './lab.ts';
import { type RegistryOptions, startRegistry } from './registry.ts';

async function refusalOf(call: Promise<unknown>): Promise<ComputeError> {
  return call.then(
    () => expect.fail('nothing was refused'),
    (error) => error,
  );
}

describe('an engine that is not there', () => {
  test('is a failure that says so, whatever was asked', async () => {
    const provider = createDockerProvider({ name: 'edge', defaults: { endpoint: 'unix:///nonexistent/engine.sock' } });
    const calls = [() => provider.provision(aSpec()), () => provider.getStatus('acme'), () => provider.destroy('acme')];
    for (const call of calls) {
      const error = await refusalOf(call());
      expect(error).toBeInstanceOf(ProviderFailedError);
      expect(error.message).toContain(
        'the Docker engine of edge cannot be reached: there is no socket at its endpoint',
      );
      expect(error).toMatchObject({ retryable: true, hint: expect.stringContaining('Start the engine') });
    }
  });

  test('because nothing listens at its address is told as that', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    await new Promise((resolve) => server.close(resolve));
    const provider = createDockerProvider({ name: 'edge', defaults: { endpoint: `tcp://127.0.0.1:${port}` } });
    expect((await refusalOf(provider.getStatus('acme'))).message).toContain('nothing listens at its endpoint');
  });
});

engineSuite('what goes wrong on an engine is told with its cause and what to do', () => {
  let lab: Lab;
  const endings: (() => Promise<void>)[] = [];
  beforeEach(async () => {
    lab = await Lab.open();
  });
  afterEach(async () => {
    await lab.clear();
    for (const end of endings.splice(0)) await end();
  });

  async function registry(options?: RegistryOptions): Promise<string> {
    const { host, close } = await startRegistry(options);
    endings.push(close, () =>
      lab.docker
        .getImage(`${host}/app:1`)
        .remove({ force: true })
        .catch(() => undefined),
    );
    return host;
  }

  const withImage = (image: string) => lab.specOf('acme', [lab.container('true', { image })], { restart: 'no' });

  test('a command that the image does not have', async () => {
    const spec = lab.specOf('acme', [lab.idler(), { ...lab.server(), command: ['no-such-program'] }]);
    const error = await refusalOf(lab.provider().provision(spec));
    expect(error).toBeInstanceOf(ProvisionFailedError);
    expect(error.message).toBe('provisioning failed: container web: its command is not in the image');
    expect(error.hint).toContain('Correct command');
  });

  test('a port that another program has', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    endings.push(() => new Promise((resolve) => void server.close(() => resolve())));
    const address = server.address();
    const host_port = typeof address === 'object' ? address?.port : 0;
    const spec = lab.specOf('acme', [lab.server(1, { ports: [{ container_port: 8080, host_port }] })]);
    const error = await refusalOf(lab.provider().provision(spec));
    expect(error).toBeInstanceOf(ResourceConflictError);
    expect(error.message).toContain(
      `host port ${host_port} of the engine’s machine is taken by another container or program`,
    );
    expect(error.hint).toContain('ask for another host_port');
  });

  test('a port that the provider chose is no error when it is taken: it takes another', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    endings.push(() => new Promise((resolve) => void server.close(() => resolve())));
    const address = server.address();
    const taken = typeof address === 'object' && address ? address.port : 0;
    const first = Math.min(Math.max(taken - 1, 1024), 65_526);
    const provider = lab.provider({ port_range: { first, last: first + 9 } });
    const ports = Array.from({ length: 4 }, (_, index) => ({ container_port: 8080 + index }));
    const { status, endpoints } = await provider.provision(lab.specOf('acme', [lab.server(1, { ports })]));
    expect(status).toBe('success');
    expect(endpoints.map(({ port }) => port)).not.toContain(taken);
  });

  test('the name of a container that somebody else has', async () => {
    const name = `${lab.prefix}_${lab.name}_acme_web_1`;
    const foreign = await lab.docker.createContainer({ name, Image: lab.image });
    const error = await refusalOf(lab.provider().provision(lab.spec('acme')));
    expect(error).toBeInstanceOf(ResourceConflictError);
    expect(error.message).toContain(`the container ${name} is there and does not carry Berth's labels`);
    expect(await lab.inventory()).toEqual([`container ${name}`]);
    expect((await foreign.inspect()).State.Status).toBe('created');
  });

  test('more CPU than there is', async () => {
    const spec = { ...lab.spec('acme'), resources: { cpu: 4_000_000, memory: 256 } };
    expect((await refusalOf(lab.provider().provision(spec))).message).toMatch(/asks for more CPU than the \S+ cores/);
  });

  test('an image that is missing is pulled, and how that goes is logged', async () => {
    const host = await registry();
    const error = await refusalOf(lab.provider().provision(withImage(`${host}/app:1`)));
    expect(error.message).toContain('its command is not in the image'); // there it is, with nothing in it
    const messages = lab.logged.map((line) => JSON.parse(line)).filter(({ image }) => image);
    expect(messages).toEqual([
      expect.objectContaining({ message: 'pulling image', image: `${host}/app:1` }),
      expect.objectContaining({ message: 'image pulled', image: `${host}/app:1` }),
    ]);
  });

  test('an image that the registry does not have', async () => {
    const image = `${await registry()}/app:2`;
    const error = await refusalOf(lab.provider().provision(withImage(image)));
    expect(error).toBeInstanceOf(ProvisionFailedError);
    expect(error.message).toContain(`image ${image} was not found, or may not be read with the credentials there are`);
    expect(error.hint).toContain('Correct the image');
  });

  test('credentials are read from the secrets folder, and what is wrong with them is told without them', async () => {
    const host = await registry({ user: { name: 'berth', password: 'canary-password' } });
    const spec = withImage(`${host}/app:1`);
    const registries = { [host]: { username: 'berth', password_key: 'registry' } };
    const attempt = async (settings: object) => refusalOf(lab.provider({ ...settings }).provision(spec));

    expect((await attempt({})).message).toContain(`the registry ${host} does not accept the credentials`);
    expect((await attempt({ registries })).message).toContain(`the password for the registry ${host} cannot be read`);
    lab.writeSecret('registry', 'canary-wrong');
    expect((await attempt({ registries })).hint).toContain('registries of the provider');
    lab.writeSecret('registry', 'canary-password\n');
    expect((await attempt({ registries })).message).toContain('its command is not in the image');
    expect(lab.logged.join('\n')).not.toContain('canary');
  });

  test('a registry that gives no more for now is throttling', async () => {
    const host = await registry({ isBusy: true });
    expect(await refusalOf(lab.provider().provision(withImage(`${host}/app:1`)))).toBeInstanceOf(ThrottledError);
  });

  test('a registry that is out of reach can be tried again', async () => {
    const { host, close } = await startRegistry();
    await close();
    const error = await refusalOf(lab.provider().provision(withImage(`${host}/app:1`)));
    expect(error).toBeInstanceOf(ProviderFailedError);
    expect(error).toMatchObject({
      retryable: true,
      message: expect.stringContaining(`could not be pulled from ${host}`),
    });
    // What is there of it says so too, and not that something is gone.
    const [container] = (await lab.provider().getStatus('acme')).containers;
    expect(container).toMatchObject({ state: 'starting', ready: false });
    expect(container?.message).toContain('has not been made yet');
  });

  test('a network that others are connected to', async () => {
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
    const error = await refusalOf(provider.destroy('acme'));
    expect(error.message).toContain(`containers on it that are not the tenant's: ${lab.prefix}_guest`);
    await guest.remove({ force: true });
    await provider.destroy('acme');
    expect(await lab.inventory()).toEqual([]);
  });
});
