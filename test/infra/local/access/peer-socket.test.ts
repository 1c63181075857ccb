import { expect, test } from 'vitest';
import { findPeer } from '../../../../infra/local/access/peer-socket.ts';

const connection = { remoteAddress: '127.0.0.1', remotePort: 0x9c82, localAddress: '127.0.0.1', localPort: 0x2253 };
const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const listening =
  '   0: 0100007F:2253 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 640 1 0 100 0 0 10 0\n';
const own = '   1: 0100007F:2253 0100007F:9C82 01 00000000:00000000 00:00000000 00000000     0        0 641 1 0 20\n';
const peer = (inode: number) =>
  `  12: 0100007F:9C82 0100007F:2253 01 00000000:00000000 02:000A8C2B 00000000  1000        0 ${inode} 2 0 20\n`;
const mapped = peer(7).replaceAll('0100007F', '0000000000000000FFFF00000100007F');
const tables =
  (v4: string, v6 = '') =>
  (table: string) =>
    head + (table.endsWith('6') ? v6 : v4);

test('the owner and the inode of the peer are read from the line of its own end', () => {
  expect(findPeer(connection, tables(listening + own + peer(642)))).toEqual({ uid: 1000, inode: '642' });
});

test('a peer with a socket for IPv6 is found in the other table', () => {
  expect(findPeer(connection, tables(listening + own, mapped))).toEqual({ uid: 1000, inode: '7' });
});

test('a socket that its process has closed has no owner, although the table says 0', () => {
  const closed = peer(0).replace('1000', '0');
  expect(findPeer(connection, tables(listening + own + closed))).toBeUndefined();
});

test('a line that one reading missed is found by the next', () => {
  let reads = 0;
  const read = (table: string) => tables((reads++ > 1 ? peer(5) : '') + own)(table);
  expect(findPeer(connection, read)).toMatchObject({ inode: '5' });
});

test.each([{ remoteAddress: '::1' }, { remoteAddress: undefined }, { remotePort: undefined }, { remotePort: 1 }])(
  'a connection that is in no table has no owner: %o',
  (change) => {
    expect(
      findPeer({ ...connection, ...change } as typeof connection, tables(listening + own + peer(1))),
    ).toBeUndefined();
  },
);
