/** A count and what is counted: "1 recording", "2 recordings". */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
