import { expect } from 'vitest'
import { sameBytes } from '../src/numeric/same-bytes.js'

// Element by element, as vitest compares samples and weights, a long array takes seconds.
expect.addEqualityTesters([
  (a: unknown, b: unknown) => (areAlike(a, b) && sameBytes(a, b) ? true : undefined),
])

/** Two typed arrays of one type. What has other bytes may still be equal: vitest says so, and where it is not. */
function areAlike(a: unknown, b: unknown): a is ArrayBufferView {
  return ArrayBuffer.isView(a) && ArrayBuffer.isView(b) && a.constructor === b.constructor
}
