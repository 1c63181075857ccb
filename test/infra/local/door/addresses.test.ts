import { expect, test } from 'vitest';
import { endpointFor, hostNameOf, meaningsOf, withDoorAddresses } from '../../../../infra/local/door/addresses.ts';
import type { Endpoint } from '../../../../src/compute/results.ts';

const on = (port: number, name?: string, type = 'http'): Endpoint => ({
  type,
  address: '127.0.0.1',
  port,
  ...(name && { name }),
});

test.each([
  ['acme.localhost', [{ tenantId: 'acme' }]],
  ['api--acme.localhost', [{ tenantId: 'api--acme' }, { portName: 'api', tenantId: 'acme' }]],
  [
    'a--b--c.localhost',
    [{ tenantId: 'a--b--c' }, { portName: 'a', tenantId: 'b--c' }, { portName: 'a--b', tenantId: 'c' }],
  ],
  ['--acme.localhost', [{ tenantId: '--acme' }]],
  ['localhost', undefined],
  ['acme.localhost.example.com', undefined],
  ['shop.example.com', undefined],
])('%s may mean %j', (host, meanings) => {
  expect(meaningsOf(host)).toEqual(meanings);
});

test.each([
  ['ACME.localhost:8788', 'acme.localhost'],
  ['acme.localhost', 'acme.localhost'],
  ['[::1]:80', '[::1]'],
])('the host of %s is %s', (header, host) => {
  expect(hostNameOf(header)).toBe(host);
});

test('a name leads to the first HTTP port, or to the named one, on this machine only', () => {
  const endpoints = [
    on(1, 'api', 'tcp'),
    { ...on(2), address: '10.0.0.1' },
    on(3, 'http'),
    on(4, 'admin'),
    on(5, 'dns', 'udp'),
  ];
  expect(endpointFor(endpoints, undefined)?.port).toBe(3);
  expect(endpointFor(endpoints, 'api')?.port).toBe(1);
  expect(endpointFor(endpoints, 'admin')?.port).toBe(4);
  expect(endpointFor(endpoints, 'dns')).toBeUndefined();
  expect(endpointFor(endpoints, 'none')).toBeUndefined();
  expect(endpointFor(endpoints.slice(0, 2), undefined)).toBeUndefined();
});

test('stable addresses are first, and replace those of an earlier start', () => {
  const own = [on(1, 'dns', 'udp'), on(3, 'http'), on(4, 'admin')];
  const addressed = withDoorAddresses('acme', own, 8788);
  expect(addressed).toEqual([
    {
      type: 'http',
      address: 'acme.localhost',
      port: 8788,
      url: 'http://acme.localhost:8788',
      name: 'http',
      stable: true,
    },
    {
      type: 'http',
      address: 'admin--acme.localhost',
      port: 8788,
      url: 'http://admin--acme.localhost:8788',
      name: 'admin',
      stable: true,
    },
    ...own,
  ]);
  expect(withDoorAddresses('acme', addressed, 8788)).toEqual(addressed);
  expect(withDoorAddresses('acme', addressed, 9000)[0]?.url).toBe('http://acme.localhost:9000');
  expect(withDoorAddresses('acme', addressed, undefined)).toEqual(own);
});

test('a stable address that a provider gives stays, and a tenant elsewhere gets none from the door', () => {
  const elsewhere = [{ ...on(443), address: 'acme.apps.example.com', stable: true }];
  expect(withDoorAddresses('acme', elsewhere, 8788)).toEqual(elsewhere);
});
