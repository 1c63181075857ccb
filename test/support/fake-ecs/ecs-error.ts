/** An error response of ECS: a `__type` and a message, with HTTP status 400 or 5xx. */
export class EcsError extends Error {
  readonly type: string;
  readonly status: number;
  /** Of the body, beside the message. */
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(type: string, message: string, status = 400, fields: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.type = type;
    this.status = status;
    this.fields = fields;
  }
}

export function clientError(message: string): EcsError {
  return new EcsError('ClientException', message);
}

export function invalidParameter(message: string): EcsError {
  return new EcsError('InvalidParameterException', message);
}
