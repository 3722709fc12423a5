import { expect } from 'vitest'
import { sameBytes } from '../src/numeric/same-bytes.js'

// Element by element, as vitest compares samples and weights, a long array takes seconds.
expect.addEqualityTesters([
  (...pair: [unknown, unknown]) => (areAlike(pair) && sameBytes(...pair) ? true : undefined),
])

/** Two typed arrays of one type. What has other bytes may still be equal: vitest says so, and where it is not. */
function areAlike(pair: [unknown, unknown]): pair is [ArrayBufferView, ArrayBufferView] {
  const [a, b] = pair
  return ArrayBuffer.isView(a) && ArrayBuffer.isView(b) && a.constructor === b.constructor
}
