import { expect, test } from "vitest";
import { chaskey, chaskeyKey } from "../../../relay/state/chaskey.ts";

// Of the authors' reference implementation: messages 00 01 02 ... of 0, 1 and 2 bytes.
test.each([
  [0, [0x792e8fe5, 0x75ce87aa, 0x2d1450b5, 0x1191970b]],
  [1, [0x13a9307b, 0x50e62c89, 0x4577bd88, 0xc0bbdc18]],
  [2, [0x55df8922, 0x2c7ff577, 0x73809ef4, 0x4e5084c0]],
] as const)("a message of %i bytes has the code that its authors publish", (length, code) => {
  const key = chaskeyKey(Uint32Array.of(0x833d3433, 0x009f389f, 0x2398e64f, 0x417acf39));
  const bytes = Uint8Array.from({ length: 16 }, (_, i) => i);
  const found = new Uint32Array(4);
  chaskey(key, bytes, new Uint32Array(bytes.buffer), length, found, 0);
  expect([...found]).toEqual(code);
});

test("every bit of a message of any length counts, up to two blocks and beyond", () => {
  const key = chaskeyKey(Uint32Array.of(1, 2, 3, 4));
  const codes = new Set<string>();
  let messages = 0;
  for (let length = 0; length <= 40; length++) {
    for (let bit = -1; bit < length * 8; bit++) {
      const bytes = new Uint8Array(64);
      if (bit >= 0) bytes[bit >> 3] = 1 << (bit & 7);
      const found = new Uint32Array(4);
      chaskey(key, bytes, new Uint32Array(bytes.buffer), length, found, 0);
      codes.add(found.join(" "));
      messages++;
    }
  }
  expect(codes.size).toBe(messages);
});
