/** NumPy's format of an array, version 1.0: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */

/** Bytes before the data are a multiple of it. */
const ALIGNMENT = 64;
const MAGIC = Buffer.from("\u0093NUMPY\u0001\u0000", "latin1");

/** An array of one dimension as the bytes of a .npy file: int64 or double, little-endian. */
export function npy(values: Float64Array | BigInt64Array): Buffer {
  const type = values instanceof Float64Array ? "<f8" : "<i8";
  const header = `{'descr': '${type}', 'fortran_order': False, 'shape': (${values.length},), }`;
  const room = MAGIC.length + 2 + header.length + 1;
  const padded = `${header}${" ".repeat((ALIGNMENT - (room % ALIGNMENT)) % ALIGNMENT)}\n`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(padded.length);
  return Buffer.concat([
    MAGIC,
    length,
    Buffer.from(padded, "latin1"),
    Buffer.from(values.buffer, values.byteOffset, values.byteLength),
  ]);
}
