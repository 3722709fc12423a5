import { replaceObeyed } from '../../io/control-characters.js'

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text made safe for HTML and SVG, in elements and in quoted attributes; what a page would obey is shown as a box. */
export function escapeHtml(text: string): string {
  return replaceObeyed(text, true, () => '\ufffd').replace(/[&<>"']/g, (character) => entities[character]!)
}
