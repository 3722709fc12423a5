import { expect } from 'vitest'

/** Bit for bit. `toEqual` alone compares value by value, and takes longer than most of what is tested. */
export function expectSame<T extends ArrayBufferView>(
  got: T | readonly T[],
  expected: T | readonly T[],
): void {
  const [a, b] = [listOf(got), listOf(expected)]
  const isSame = a.length === b.length && a.every((part, i) => bytesOf(part).equals(bytesOf(b[i]!)))
  // It says where they differ.
  if (!isSame) expect(got).toEqual(expected)
}

function listOf<T extends ArrayBufferView>(views: T | readonly T[]): readonly T[] {
  return ArrayBuffer.isView(views) ? [views] : views
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength)
}
