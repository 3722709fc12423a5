/** Characters that a terminal obeys rather than shows: controls, and those that turn the direction of writing. */
const OBEYED = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu

/** As JSON writes a character, so that JSON stays what it is. */
function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Text in which nothing is left that a terminal obeys, but for line ends and tabs. */
export function printable(text: string): string {
  return text.replace(OBEYED, (character) => ('\n\t'.includes(character) ? character : escaped(character)))
}

/** As `printable`, for the name of a file or what holds one: it stays on its line. */
export function oneLine(text: string): string {
  return text.replaceAll('\n', '\\n').replace(OBEYED, escaped)
}
