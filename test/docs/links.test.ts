import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'

const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
})
  .trim()
  .split('\n')
  .filter((file) => existsSync(file))
const documents = tracked.filter((file) => file.endsWith('.md'))
const textFiles = tracked.filter((file) => /\.(ts|mjs|cjs|md|html)$/.test(file))

/** As GitHub makes them of headings. */
function anchors(document: string): Set<string> {
  const headings = withoutCode(readFileSync(document, 'utf8')).matchAll(/^#+ (.+)$/gm)
  const slugs = [...headings].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
  return new Set(slugs)
}

const withoutCode = (text: string) => text.replaceAll(/^```[\s\S]*?^```/gm, '')

function brokenLinks(document: string): string[] {
  const links = [...withoutCode(readFileSync(document, 'utf8')).matchAll(/\]\(([^)\s]+)\)/g)].map(
    ([, to]) => to!,
  )
  return links.filter((to) => {
    if (/^[a-z]+:/.test(to)) return false
    const [path, anchor] = to.split('#') as [string, string?]
    const file = path === '' ? document : normalize(join(dirname(document), path))
    if (!existsSync(file)) return true
    return anchor !== undefined && file.endsWith('.md') && !anchors(file).has(anchor)
  })
}

/** Paths of this repository that a document names in code style, or in a command. */
function absentPaths(document: string): string[] {
  const text = readFileSync(document, 'utf8')
  const named = text.matchAll(
    /(?<![\w./-])((?:src|server|web-audio-client|test|tools|configs|examples)\/[\w./-]+)/g,
  )
  return [...named].map(([, path]) => path!.replace(/[./]+$/, '')).filter((path) => !existsSync(path))
}

describe.each(documents)('%s', (document) => {
  it('links to files and headings that exist', () => {
    expect(brokenLinks(document)).toEqual([])
  })

  it('names files of the repository that exist', () => {
    expect(absentPaths(document)).toEqual([])
  })
})

it('code names documents that exist', () => {
  const absent = textFiles.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/(?<![\w./-])(docs\/[\w/-]+\.(?:md|html|svg|png))/g)]
      .map(([, path]) => path!)
      .filter((path) => !existsSync(path))
      .map((path) => `${file}: ${path}`),
  )
  expect(absent).toEqual([])
})
