import { describe, expect, test } from 'vitest';
import { HOSTNAME_RULE } from '../../../src/compute/spec/names.ts';
import { readRecordedSpec } from '../../../src/compute/spec/recorded-spec.ts';
import { RecordedSpec, type TenantComputeSpec } from '../../../src/compute/spec/spec.ts';
import { issuesOf } from '../../support/spec-issues.ts';
import { aSpec } from '../../support/specs.ts';

const withHostname = (hostname: unknown) => ({ ...aSpec(), networking: { hostname } });

test.each(['shop.example.com', 'a.b', '1.a', 'my-shop.test', 'localhost.example.com', `${'x.'.repeat(126)}x`])(
  'the hostname %s is accepted',
  (hostname) => {
    expect(issuesOf(withHostname(hostname))).toEqual([]);
  },
);

describe('a hostname is refused by one message', () => {
  const bad = {
    'one label': ['shop', 'localhost'],
    'names of the installation': ['acme.localhost', 'x.execute-api.eu-west-1.amazonaws.com', 'x.ecs.eu-west-1.on.aws'],
    wildcards: ['*.example.com', 'shop.*'],
    addresses: ['127.0.0.1', '10.1', '0x7f.1', '[::1]', '2130706433'],
    'international names': ['xn--80ak6aa92e.com', 'shop.xn--p1ai', 'аpple.com', 'shop。com', 'bücher.example'],
    'other spellings': ['Shop.example.com', 'shop.example.com.', '.example.com', 'a..b', 'shop.example.com:80'],
    'what is no name': [
      'http://shop.example.com',
      'shop example.com',
      'shop_1.example.com',
      '-a.com',
      'a-.com',
      'a.b\n',
    ],
  };
  test.each(Object.entries(bad))('%s', (_, hostnames) => {
    for (const hostname of hostnames) {
      expect(issuesOf(withHostname(hostname))).toEqual([{ pointer: '/networking/hostname', message: HOSTNAME_RULE }]);
    }
  });
});

describe('networking.dns of earlier versions', () => {
  const networking = { public_ip: true, dns: { hostname: 'acme', domain: 'example.com' } };

  test('is refused in a request, with what takes its place', () => {
    expect(issuesOf({ ...aSpec(), networking })).toEqual([
      {
        pointer: '/networking/dns',
        message: 'unknown field: dns; write the whole name in networking.hostname, such as hostname: shop.example.com',
      },
    ]);
  });

  test('is left out of a recorded specification', () => {
    const recorded = { ...aSpec(), networking } as TenantComputeSpec;
    expect(readRecordedSpec(recorded)).toEqual({ ...aSpec(), networking: { public_ip: true } });
    const present = aSpec();
    expect(readRecordedSpec(present)).toBe(present);
    expect(RecordedSpec.parse(recorded)).toEqual({ ...RecordedSpec.parse(aSpec()), networking: { public_ip: true } });
  });
});
