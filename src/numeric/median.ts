/** The upper one of an even number; 0 of none. */
export function median(values: Float64Array): number {
  return values.toSorted()[Math.floor(values.length / 2)] ?? 0
}
