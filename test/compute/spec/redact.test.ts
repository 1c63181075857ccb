import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hiddenInLogs, redact, stripControls } from '../../../src/compute/spec/redact.ts';

describe('redact', () => {
  it('hides values anywhere, the longest first, and each line of a multi-line value', () => {
    const values = ['hunter2', 'hunter2-and-more', '-----BEGIN-----\nMIIEpAIBAAKCAQEA\n', 'no', ''];
    expect(redact('pw=hunter2 hunter2-and-more\nMIIEpAIBAAKCAQEA no', values)).toBe(
      'pw=[redacted] [redacted]\n[redacted] no',
    );
  });

  it('hides a value with and without its control characters', () => {
    const value = '\u001b[1mhunter2\u0007-x';
    expect(redact(`a ${value} b hunter2-x`, [value])).toBe('a [redacted] b [redacted]');
  });

  it('hides every value of four characters or more in any text', () => {
    const value = fc.string({ minLength: 4, maxLength: 20, unit: fc.constantFrom('a', 'b', '$', '&', '\\') });
    const texts = fc.array(fc.oneof(value, fc.constantFrom(' ', 'x')), { maxLength: 10 });
    fc.assert(
      fc.property(value, texts, (secret, parts) => {
        expect(redact([...parts, secret, ...parts].join(' | '), [secret])).not.toContain(secret);
      }),
    );
  });
});

describe('stripControls', () => {
  it('keeps text, tabs and newlines', () => {
    expect(stripControls('a\tb\nc\r\u0000\u2028d é 漢')).toBe('a\tb\ncd é 漢');
  });
});

describe('hiddenInLogs', () => {
  it('leaves plain settings readable, and hides what could be a secret', () => {
    const settings = { LEVEL: 'info', STAGE: 'production', PORT: '8080', EMPTY: '' };
    expect(hiddenInLogs({ ...settings, PASSWORD: 'hunter2', URL: 'redis://x:y@z', PIN: '12345678' })).toEqual([
      'hunter2',
      'redis://x:y@z',
      '12345678',
    ]);
    expect(hiddenInLogs(undefined)).toEqual([]);
  });
});
