const firstMs = 1000
const maxMs = 30_000

/** How long to wait before another try after so many failures in a row: 1, 2, 4 … 30 s. */
export function backOffMs(failures: number): number {
  return failures === 0 ? 0 : Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 10))
}
