/** An error as ECS answers it: HTTP 400 with a `__type`, or 500. */
export class EcsError extends Error {
  readonly type: string;
  readonly status: number;

  constructor(type: string, message: string, status = 400) {
    super(message);
    this.type = type;
    this.status = status;
  }
}

export function clientError(message: string): EcsError {
  return new EcsError('ClientException', message);
}

export function invalidParameter(message: string): EcsError {
  return new EcsError('InvalidParameterException', message);
}
