import { describe, expect, test } from 'vitest';
import { ProviderFailedError, ThrottledError, TimeoutError } from '../../../../src/compute/errors.ts';
import { ContainerFailureError, toFailure } from '../../../../src/providers/docker/engine/container-failure.ts';
import { EngineError, fromThrown } from '../../../../src/providers/docker/engine/engine-error.ts';
import { pullError } from '../../../../src/providers/docker/engine/images.ts';

describe('the reason of a refusal is translated', () => {
  test.each([
    [
      'driver failed programming external connectivity: Bind for 127.0.0.1:8080 failed: port is already allocated',
      "host port 8080 is already in use on the engine's host",
    ],
    [
      'Error starting userland proxy: listen tcp4 127.0.0.1:8080: bind: address already in use',
      "host port 8080 is already in use on the engine's host",
    ],
    [
      'endpoint x (0a): failed to bind host port for 127.0.0.1:8080:172.18.0.2:80/tcp: address already in use',
      "host port 8080 is already in use on the engine's host",
    ],
    [
      'failed to bind host port 127.0.0.1:8080/tcp: address already in use',
      "host port 8080 is already in use on the engine's host",
    ],
    [
      'starting container process caused: exec: "nginxx": executable file not found in $PATH: unknown',
      'its command is not in the image',
    ],
    [
      'failed to create task: exec: "/app": stat /app: no such file or directory: unknown',
      'its command is not in the image',
    ],
    [
      'runc create failed: unable to start container process: exec: "/app": permission denied',
      'the user of the image is not permitted to execute its command',
    ],
    ['exec /app: exec format error', "its image is built for another processor architecture than the engine's host"],
    ['No command specified', 'its image defines no command, and the specification sets none'],
    ['No such image: nginx:1', 'its image is not on the engine'],
    [
      'Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available',
      "it requests more CPU than the 2.00 cores of the engine's host",
    ],
    [
      'invalid mount config for type "bind": bind source path does not exist: /srv/acme',
      "a folder that it mounts does not exist on the engine's host",
    ],
    [
      'could not find an available, non-overlapping IPv4 address pool among the defaults',
      'the engine has no address range left for another network',
    ],
    [
      'all predefined address pools have been fully subnetted',
      'the engine has no address range left for another network',
    ],
    ['write /var/lib/docker/x: no space left on device', "the disk of the engine's host is full"],
    ['Client sent an HTTP request to an HTTPS server.', 'the engine accepts only TLS at this endpoint'],
    ['something new', 'the engine refused the request: something new'],
  ])('%s', (reason, message) => {
    expect(toFailure(reason).message).toBe(message);
  });

  test('a port in use is a conflict with a hint', () => {
    const { isConflict, port, hint } = toFailure('Bind for 0.0.0.0:443 failed: port is already allocated');
    expect({ isConflict, port }).toEqual({ isConflict: true, port: 443 });
    expect(hint).toContain('request another host_port');
  });
});

describe('a failed request', () => {
  test.each([
    ['ENOENT', 'there is no socket at its endpoint', 'Start the engine'],
    ['EACCES', 'this user has no access to its socket', 'group of the socket'],
    ['ECONNREFUSED', 'nothing listens at its endpoint', 'Start the engine'],
    ['ENOTFOUND', 'the host name of its endpoint does not resolve', 'Correct the endpoint'],
    ['ECONNRESET', 'the connection failed (ECONNRESET)', 'try again'],
    [
      'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
      'it rejects the certificate of this provider (ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED)',
      'tls setting',
    ],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'its certificate is not trusted', 'tls setting'],
  ])('with %s is a retryable failure with a hint', (code, why, hint) => {
    const error = fromThrown(Object.assign(new Error('/var/run/x'), { code }), 'list containers', 'edge');
    expect(error).toBeInstanceOf(ProviderFailedError);
    expect(error.message).toBe(
      `compute provider failed: the Docker engine of edge cannot be reached: ${error.message.split('reached: ')[1]}`,
    );
    expect(error.message).toContain(why);
    expect(error).toMatchObject({ retryable: true, hint: expect.stringContaining(hint) });
  });

  test('that exceeds its time is a time-out', () => {
    const error = fromThrown(Object.assign(new Error(), { name: 'AbortError' }), 'start a container', 'edge');
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error.message).toContain('did not start a container in time');
  });

  test('with status 429 is throttling', () => {
    expect(fromThrown({ statusCode: 429, message: '' }, 'pull an image', 'edge')).toBeInstanceOf(ThrottledError);
  });

  test('that the engine refused keeps status and text', () => {
    const thrown = { statusCode: 409, message: '(HTTP code 409) conflict', json: { message: 'name in use ' } };
    expect(fromThrown(thrown, 'create a container', 'edge')).toEqual(new EngineError(409, 'name in use'));
  });
});

describe('a failed pull', () => {
  test.each([
    [
      'pull access denied for acme/web, repository does not exist or may require login',
      404,
      'does not exist, or the credentials do not permit reading it',
    ],
    [
      'manifest for acme/web:9 not found: manifest unknown',
      404,
      'does not exist, or the credentials do not permit reading it',
    ],
    ['unauthorized: incorrect username or password', 500, 'or rejects the given ones'],
    ['Get "https://ghcr.io/v2/": unauthorized: authentication required', 500, 'or rejects the given ones'],
    ['no matching manifest for linux/arm64 in the manifest list entries', 500, 'is not built for the platform'],
    ['write: no space left on device', 500, "the disk of the engine's host is full"],
  ])('%s', (reason, status, message) => {
    const error = pullError('ghcr.io/acme/web:9', reason, status);
    expect(error).toBeInstanceOf(ContainerFailureError);
    expect(error.message).toContain(message);
  });

  test('over the rate limit of the registry is throttling', () => {
    const error = pullError('nginx', 'toomanyrequests: You have reached your pull rate limit', 500);
    expect(error).toBeInstanceOf(ThrottledError);
    expect(error.message).toContain('docker.io');
  });

  test('from an unreachable registry is retryable', () => {
    const error = pullError('nginx', 'Get "https://registry-1.docker.io/v2/": dial tcp: lookup: no such host', 500);
    expect(error).toMatchObject({ code: 'provider_failed', retryable: true });
  });
});
