import { vi } from 'vitest'

/** Tries until the expectations hold. The bound is for what hangs: where other work takes the cores, all takes long. */
export function eventually(expectations: () => unknown): Promise<unknown> {
  return vi.waitFor(expectations, { timeout: 300_000, interval: 1 })
}
