import * as z from 'zod';

/** Returns a string of a pattern; `must` says in words what it has to be. */
export function text(name: string, pattern: RegExp, must: string) {
  return z.string(`${name} must be a string`).regex(pattern, `${name} must be ${must}`);
}

export function integer(name: string, min: number, max: number) {
  const error = `${name} must be an integer from ${min} to ${max}`;
  return z.int(error).min(min, error).max(max, error);
}

export function roleArn(name: string) {
  return text(name, /^arn:aws[a-z-]*:iam::[0-9]{12}:role\/[A-Za-z0-9+=,.@_/-]{1,576}$/, 'the ARN of an IAM role');
}

/** The container and port that a load balancer or Cloud Map points to. Default: the first tcp port. */
export const target = {
  container_name: z.string('container_name must be a string').max(63).optional(),
  container_port: integer('container_port', 1, 65_535).optional(),
};
