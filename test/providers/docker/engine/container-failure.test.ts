import { describe, expect, test } from 'vitest';
import { ProviderFailedError, ThrottledError, TimeoutError } from '../../../../src/compute/errors.ts';
import { ContainerFailureError, toFailure } from '../../../../src/providers/docker/engine/container-failure.ts';
import { EngineError, fromThrown } from '../../../../src/providers/docker/engine/engine-error.ts';
import { pullError } from '../../../../src/providers/docker/engine/images.ts';

describe('what engines say is told in words for the user', () => {
  test.each([
    [
      'driver failed programming external connectivity on endpoint x (0a1b): Bind for 127.0.0.1:8080 failed: port is already allocated',
      'host port 8080 of the engine’s machine is taken by another container or program',
    ],
    [
      'driver failed programming external connectivity on endpoint x: Error starting userland proxy: listen tcp4 127.0.0.1:8080: bind: address already in use',
      'host port 8080 of the engine’s machine is taken by another container or program',
    ],
    [
      'failed to set up container networking: driver failed programming external connectivity on endpoint x (0a): failed to bind host port for 127.0.0.1:8080:172.18.0.2:80/tcp: address already in use',
      'host port 8080 of the engine’s machine is taken by another container or program',
    ],
    [
      'failed to bind host port 127.0.0.1:8080/tcp: address already in use',
      'host port 8080 of the engine’s machine is taken by another container or program',
    ],
    [
      'OCI runtime create failed: container_linux.go:380: starting container process caused: exec: "nginxx": executable file not found in $PATH: unknown',
      'its command is not in the image',
    ],
    [
      'failed to create task: exec: "/app": stat /app: no such file or directory: unknown',
      'its command is not in the image',
    ],
    [
      'runc create failed: unable to start container process: exec: "/app": permission denied',
      'its command may not be executed by the user of the image',
    ],
    ['exec /app: exec format error', 'its image is made for another kind of processor than the engine’s machine has'],
    ['No command specified', 'its image has no command of its own, and command says none'],
    ['No such image: nginx:1', 'its image is not on the engine'],
    [
      'Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available',
      'it asks for more CPU than the 2.00 cores that the engine’s machine has',
    ],
    [
      'invalid mount config for type "bind": bind source path does not exist: /srv/acme',
      'a folder that it mounts is not there on the engine’s machine',
    ],
    [
      'could not find an available, non-overlapping IPv4 address pool among the defaults',
      'the engine has no addresses left for another network',
    ],
    ['all predefined address pools have been fully subnetted', 'the engine has no addresses left for another network'],
    ['write /var/lib/docker/x: no space left on device', 'the disk of the engine’s machine is full'],
    ['Client sent an HTTP request to an HTTPS server.', 'the engine takes only TLS at this endpoint'],
    ['something new', 'the engine refused it: something new'],
  ])('%s', (reason, message) => {
    expect(toFailure(reason).message).toBe(message);
  });

  test('a port that is taken is a conflict, with what to do about it', () => {
    const { isConflict, port, hint } = toFailure('Bind for 0.0.0.0:443 failed: port is already allocated');
    expect({ isConflict, port }).toEqual({ isConflict: true, port: 443 });
    expect(hint).toContain('ask for another host_port');
  });
});

describe('an engine that cannot be asked', () => {
  test.each([
    ['ENOENT', 'there is no socket at its endpoint', 'Start the engine'],
    ['EACCES', 'this user may not use its socket', 'group of the socket'],
    ['ECONNREFUSED', 'nothing listens at its endpoint', 'Start the engine'],
    ['ENOTFOUND', 'the host of its endpoint is not known', 'Correct the endpoint'],
    ['ECONNRESET', 'the connection failed (ECONNRESET)', 'try again'],
    [
      'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
      'it does not accept the certificate of this provider (ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED)',
      'tls setting',
    ],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'its certificate is not accepted', 'tls setting'],
  ])('(%s) is a failure that can be tried again, and says what to do', (code, why, hint) => {
    const error = fromThrown(Object.assign(new Error('/var/run/x'), { code }), 'list containers', 'edge');
    expect(error).toBeInstanceOf(ProviderFailedError);
    expect(error.message).toBe(
      `compute provider failed: the Docker engine of edge cannot be reached: ${error.message.split('reached: ')[1]}`,
    );
    expect(error.message).toContain(why);
    expect(error).toMatchObject({ retryable: true, hint: expect.stringContaining(hint) });
  });

  test('in time is a time-out', () => {
    const error = fromThrown(Object.assign(new Error(), { name: 'AbortError' }), 'start a container', 'edge');
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error.message).toContain('did not answer in time when asked to start a container');
  });

  test('for now, because it is asked too much, is throttling', () => {
    expect(fromThrown({ statusCode: 429, message: '' }, 'pull an image', 'edge')).toBeInstanceOf(ThrottledError);
  });

  test('what it refuses keeps its status and its own words', () => {
    const thrown = { statusCode: 409, message: '(HTTP code 409) conflict', json: { message: 'name in use ' } };
    expect(fromThrown(thrown, 'create a container', 'edge')).toEqual(new EngineError(409, 'name in use'));
  });
});

describe('an image that cannot be had', () => {
  test.each([
    [
      'pull access denied for acme/web, repository does not exist or may require login',
      404,
      'was not found, or may not be read',
    ],
    ['manifest for acme/web:9 not found: manifest unknown', 404, 'was not found, or may not be read'],
    ['unauthorized: incorrect username or password', 500, 'does not accept the credentials'],
    ['Get "https://ghcr.io/v2/": unauthorized: authentication required', 500, 'does not accept the credentials'],
    ['no matching manifest for linux/arm64 in the manifest list entries', 500, 'is not made for the kind of machine'],
    ['write: no space left on device', 500, 'the disk of the engine’s machine is full'],
  ])('%s', (reason, status, message) => {
    const error = pullError('ghcr.io/acme/web:9', reason, status);
    expect(error).toBeInstanceOf(ContainerFailureError);
    expect(error.message).toContain(message);
  });

  test('because of a limit of the registry can be tried again later', () => {
    const error = pullError('nginx', 'toomanyrequests: You have reached your pull rate limit', 500);
    expect(error).toBeInstanceOf(ThrottledError);
    expect(error.message).toContain('docker.io');
  });

  test('because the registry is out of reach can be tried again', () => {
    const error = pullError('nginx', 'Get "https://registry-1.docker.io/v2/": dial tcp: lookup: no such host', 500);
    expect(error).toMatchObject({ code: 'provider_failed', retryable: true });
  });
});
