import { expect } from 'vitest'
import { sameBytes } from '../src/numeric/same-bytes.js'

// Element by element, as vitest compares samples and weights, a long array takes seconds.
expect.addEqualityTesters([
  (a: unknown, b: unknown) => {
    if (!ArrayBuffer.isView(a) || !ArrayBuffer.isView(b) || a.constructor !== b.constructor) return undefined
    // What has other bytes may still be equal: vitest says so, and where it is not.
    return sameBytes(a, b) ? true : undefined
  },
])
