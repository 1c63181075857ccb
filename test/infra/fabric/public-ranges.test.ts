import { BlockList } from 'node:net';
import { expect, test } from 'vitest';
import { publicRanges } from '../../../infra/fabric/public-ranges.ts';

const ranges = new BlockList();
for (const range of publicRanges()) {
  const [address = '', bits] = range.split('/');
  ranges.addSubnet(address, Number(bits));
}

test.each([
  '10.0.0.0',
  '10.255.255.255',
  '100.64.0.0',
  '100.127.255.255',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.0.1',
])('the public ranges leave out %s', (address) => expect(ranges.check(address)).toBe(false));

test.each(['0.0.0.0', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '172.15.255.255', '172.32.0.0'])(
  'the public ranges include %s',
  (address) => expect(ranges.check(address)).toBe(true),
);

test.each(['8.8.8.8', '192.167.255.255', '192.169.0.0', '255.255.255.255'])('the public ranges include %s', (address) =>
  expect(ranges.check(address)).toBe(true),
);

test('the public ranges fit into one security group, which has 60 rules of a direction', () => {
  expect(publicRanges().length).toBeLessThan(50);
});
