// Codes of an authenticator: RFC 6238 with SHA-1, six digits and steps of 30 seconds. The server accepts each code once, and
// also the codes of the previous and the next step, so a test can sign in with the current and with the next code, that
// is twice within a step.
import { createHmac } from 'node:crypto';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function bytes(base32: string): Buffer {
  let bits = '';
  for (const letter of base32.replaceAll(/[\s=]/g, '').toUpperCase()) {
    const value = LETTERS.indexOf(letter);
    if (value < 0) throw new Error('not base 32');
    bits += value.toString(2).padStart(5, '0');
  }
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

/** The current code, or the code of a later step. */
export function code(secret: string, later = 0, now = Date.now()): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(now / 30_000) + later));
  const hash = createHmac('sha1', bytes(secret)).update(counter).digest();
  const offset = hash.readUInt8(hash.length - 1) & 0xf;
  return String((hash.readUInt32BE(offset) & 0x7fff_ffff) % 1_000_000).padStart(6, '0');
}
