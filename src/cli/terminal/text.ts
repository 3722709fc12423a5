import { replaceObeyed } from '../../io/control-characters.js'

/** As JSON writes a character, so that JSON stays what it is. */
function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Text in which nothing is left that a terminal obeys, but for line ends and tabs. */
export function printable(text: string): string {
  return replaceObeyed(text, true, escaped)
}

/** As `printable`, for the name of a file or what holds one: it stays on its line. */
export function oneLine(text: string): string {
  return replaceObeyed(text.replaceAll('\n', '\\n'), false, escaped)
}
