import * as z from 'zod';
import { integer, text } from '../address/config-fields.ts';

const MAX_ID = 4_294_967_295;

/** The setting `efs`. */
export const Efs = z.strictObject({
  file_system_id: text('file_system_id', /^fs-[0-9a-f]{8,40}$/, 'the id of a file system, such as fs-0abc1234'),
  uid: integer('uid', 0, MAX_ID).default(1000),
  gid: integer('gid', 0, MAX_ID).default(1000),
});
