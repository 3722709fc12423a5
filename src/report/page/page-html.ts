import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { builtFile } from '../../package-root.js'
import { escapeHtml } from './escape-html.js'
import { reportStyle } from './style.js'

export interface ReportPage {
  readonly title: string
  /** Sentence below the title. */
  readonly lead: string
  /** HTML; what comes from outside is escaped by whoever wrote it. */
  readonly body: string
}

const scriptFile = import.meta.url.endsWith('.ts')
  ? new URL('./report-page.js', import.meta.url)
  : builtFile('src/report/page/report-page.js')
/** A page has no source map. */
const script = readFileSync(scriptFile, 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '')
const scriptHash = createHash('sha256').update(script).digest('base64')

/** Only this page's script runs, and nothing is asked for from elsewhere: names and transcripts are strangers' text. */
const policy = [
  "default-src 'none'",
  `script-src 'sha256-${scriptHash}'`,
  "style-src 'unsafe-inline'",
  "img-src 'self' file: data:",
  "media-src 'self' file: data:",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

/** A report as one HTML page, with its style and its script inside. */
export function reportPage({ title, lead, body }: ReportPage): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<style>${reportStyle}</style>
</head>
<body>
<header><h1>${escapeHtml(title)}</h1><p class="lead">${escapeHtml(lead)}</p></header>
<main>
${body}
</main>
<script type="module">${script}</script>
</body>
</html>
`
}

/** What was judged and how, as name and value. */
export function settingsHtml(settings: Readonly<Record<string, string | number>>): string {
  const rows = Object.entries(settings).map(
    ([key, value]) => `<dt>${escapeHtml(key)}</dt><dd>${escapeHtml(String(value))}</dd>`,
  )
  return `<div class="card"><dl>${rows.join('')}</dl></div>`
}

/** Facts in one line, each a label, a value and perhaps a unit. */
export function chipsHtml(
  facts: readonly (readonly [label: string, value: string, unit?: string])[],
): string {
  if (facts.length === 0) return ''
  const items = facts.map(
    ([label, value, unit = '']) =>
      `<li>${escapeHtml(label)} <b>${escapeHtml(value)}</b> ${escapeHtml(unit)}</li>`,
  )
  return `<ul class="chips">${items.join('')}</ul>`
}
