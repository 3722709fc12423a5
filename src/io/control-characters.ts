/**
 * What a terminal or a page obeys rather than shows: controls, other line ends, and marks that turn the direction of
 * writing. Names and texts from outside must not reach either with one of them.
 */
const obeyed = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu

/** Replaces all of them, but for line ends and tabs where these are to be kept. */
export function replaceObeyed(
  text: string,
  keepLines: boolean,
  replace: (character: string) => string,
): string {
  return text.replace(obeyed, (character) =>
    keepLines && '\n\t'.includes(character) ? character : replace(character),
  )
}
