/*
 * The stream of a session on one machine is a WebSocket with the subprotocol `berth.exec.v1`. Each message is binary, and
 * its first byte is a channel:
 *
 *   to the host      0 input    4 size of the terminal: columns and rows, two bytes each    255 the end of the input
 *   from the host    1 output   2 output of errors, without a terminal   3 the end of the session, as JSON; the last one
 *
 * The channels have the numbers of Kubernetes' `v5.channel.k8s.io`. The token of the session is a second subprotocol that
 * the client offers, `token.TOKEN`, because a browser sends no header of its own with a WebSocket.
 */

export const EXEC_PROTOCOL = 'berth.exec.v1';
export const TOKEN_PREFIX = 'token.';

/** How a session ended: with the exit code of its program, or for another reason. */
export type ExecEnd = { exit_code: number } | { reason: string };

/** A message to the host. */
export type InputFrame =
  | { kind: 'input'; bytes: Uint8Array }
  | { kind: 'resize'; columns: number; rows: number }
  | { kind: 'end_of_input' };

/** A message from the host. */
export type OutputFrame =
  | { kind: 'output'; stream: 'stdout' | 'stderr'; bytes: Uint8Array }
  | { kind: 'end'; end: ExecEnd };

const streams = { 1: 'stdout', 2: 'stderr' } as const;

export function encodeInput(frame: InputFrame): Uint8Array {
  if (frame.kind === 'input') return withChannel(0, frame.bytes);
  if (frame.kind === 'end_of_input') return withChannel(255);
  const size = new DataView(new ArrayBuffer(4));
  size.setUint16(0, frame.columns);
  size.setUint16(2, frame.rows);
  return withChannel(4, new Uint8Array(size.buffer));
}

export function encodeOutput(frame: OutputFrame): Uint8Array {
  if (frame.kind === 'output') return withChannel(frame.stream === 'stdout' ? 1 : 2, frame.bytes);
  return withChannel(3, new TextEncoder().encode(JSON.stringify(frame.end)));
}

/** Returns a message to the host; undefined for bytes that are none. */
export function decodeInput(message: Uint8Array): InputFrame | undefined {
  const [channel] = message;
  const bytes = message.subarray(1);
  if (channel === 0) return { kind: 'input', bytes };
  if (channel === 255) return { kind: 'end_of_input' };
  if (channel !== 4 || bytes.length !== 4) return undefined;
  const size = new DataView(bytes.buffer, bytes.byteOffset, 4);
  const [columns, rows] = [size.getUint16(0), size.getUint16(2)];
  return columns > 0 && rows > 0 ? { kind: 'resize', columns, rows } : undefined;
}

/** Returns a message from the host; undefined for bytes that are none. */
export function decodeOutput(message: Uint8Array): OutputFrame | undefined {
  const [channel] = message;
  const bytes = message.subarray(1);
  if (channel === 1 || channel === 2) return { kind: 'output', stream: streams[channel], bytes };
  const end = channel === 3 ? parseEnd(bytes) : undefined;
  return end && { kind: 'end', end };
}

function parseEnd(bytes: Uint8Array): ExecEnd | undefined {
  try {
    const { exit_code, reason } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    if (Number.isInteger(exit_code)) return { exit_code: Number(exit_code) };
    return typeof reason === 'string' ? { reason } : undefined;
  } catch {
    return undefined;
  }
}

function withChannel(channel: number, bytes: Uint8Array = new Uint8Array()): Uint8Array {
  const message = new Uint8Array(bytes.length + 1);
  message[0] = channel;
  message.set(bytes, 1);
  return message;
}
