import { readFileSync, writeFileSync } from 'node:fs'

/** @param section name of the section; without one the document has a single one */
function markers(section: string | undefined): [start: string, end: string] {
  const name = section === undefined ? '' : `${section} `
  return [`<!-- ${name}figures: printed by the benchmark -->`, `<!-- end of ${name}figures -->`]
}

/** Puts the benchmark's markdown in the place of the last one's, between two comments of a document. */
export function replaceFigures(document: string, lines: readonly string[], section?: string): void {
  const [start, end] = markers(section)
  const text = readFileSync(document, 'utf8')
  const [from, to] = [text.indexOf(start), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`${document}: no "${start}" … "${end}"`)
  writeFileSync(document, `${text.slice(0, from + start.length)}\n\n${lines.join('\n')}\n\n${text.slice(to)}`)
}
