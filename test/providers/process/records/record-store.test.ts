import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RecordStore } from '../../../../src/providers/process/records/record-store.ts';
import { newRecord } from '../../../../src/providers/process/records/transitions.ts';
import { specOf, worker } from '../lab.ts';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'berth-records-'));
});
afterEach(() => rm(root, { recursive: true }));

const record = newRecord(specOf([worker()]), 'hash', 0);
const file = () => join(root, 'acme', 'record.json');

describe('a record', () => {
  it.each([
    ['empty', ''],
    ['cut off', JSON.stringify(record).slice(0, 100)],
    ['of another form', '{"version":1}'],
    ['of another tenant', JSON.stringify({ ...record, tenant_id: 'globex' })],
  ])('that is %s counts as lost, and is replaced', async (_, text) => {
    const store = new RecordStore(root);
    await store.write(record);
    await writeFile(file(), text);
    expect(await store.read('acme')).toBeUndefined();
    expect(await store.hasRemains('acme')).toBe(true);
    await store.write(record);
    expect(await store.read('acme')).toEqual(record);
  });

  it('is written where folders have its names, and what is in them is kept until the tenant is removed', async () => {
    const store = new RecordStore(root);
    for (const name of ['record.json', 'record.json.new']) await mkdir(join(root, 'acme', name), { recursive: true });
    await writeFile(join(file(), 'x'), 'x');
    expect(await store.read('acme')).toBeUndefined();
    await store.write(record);
    expect(await store.read('acme')).toEqual(record);
    expect(await readFile(`${file()}.damaged/x`, 'utf8')).toBe('x');
    await store.remove('acme');
    expect(await readdir(root)).toEqual([]);
  });

  it('of a newer version is refused, and not taken for lost', async () => {
    const store = new RecordStore(root);
    await store.write(record);
    await writeFile(file(), JSON.stringify({ ...record, version: 2 }));
    await expect(store.read('acme')).rejects.toThrow('a newer version of Berth wrote the record');
  });
});

it('a folder with other files is not Berth’s, and one that lost its record is', async () => {
  const store = new RecordStore(root);
  await mkdir(join(root, 'acme', 'logs'), { recursive: true });
  await mkdir(join(root, 'theirs'));
  await writeFile(join(root, 'theirs', 'thesis.txt'), 'x');
  const ids = ['acme', 'theirs', 'missing'];
  expect(await Promise.all(ids.map((id) => store.isForeign(id)))).toEqual([false, true, false]);
  expect(await Promise.all(ids.map((id) => store.hasRemains(id)))).toEqual([true, false, false]);
});

it.each(['', 'garbled', '0d5c8ad0-9c57-4b3e'])(
  'an id of the folder that reads %j is made anew, once for all',
  async (text) => {
    await writeFile(join(root, '.installation'), text);
    const [one, two] = await Promise.all([new RecordStore(root).owner(), new RecordStore(root).owner()]);
    expect(one).toMatch(/^[0-9a-f-]{36}$/);
    expect(two).toBe(one);
  },
);
