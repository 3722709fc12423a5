import { oneLine } from './text.js'

/** What is said of a file, on one line, with its name once: the messages of errors begin with it, other reasons do not. */
export function aboutFile(path: string, said: string): string {
  return oneLine(said.startsWith(`${path}: `) ? said : `${path}: ${said}`)
}
