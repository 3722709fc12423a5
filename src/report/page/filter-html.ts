import { escapeHtml } from './escape-html.js'

export interface FilterOptions {
  /** Kinds of entries with how many there are of each; none: no choice of kind. */
  readonly kinds: readonly { readonly value: string; readonly label: string; readonly count: number }[]
  /** Orders of the entries by their `data-…` numbers, ascending; the first is the one of the page. */
  readonly orders: readonly { readonly key: string; readonly label: string }[]
}

/** Attributes of an entry that the filter knows. */
export interface EntryAttributes {
  /** What is searched. */
  readonly text: string
  readonly kind?: string
  /** By the keys of the orders; lower comes first. */
  readonly order: Readonly<Record<string, number>>
}

/** Search, kinds and order of a page's entries; hidden until the page's script runs. */
export function filterHtml({ kinds, orders }: FilterOptions): string {
  const total = kinds.reduce((sum, { count }) => sum + count, 0)
  const choice = ({ value, label, count }: FilterOptions['kinds'][number], isFirst: boolean) =>
    `<label><input type="radio" name="kind" value="${escapeHtml(value)}"${isFirst ? ' checked' : ''}><span>${escapeHtml(label)} ${count}</span></label>`
  const all = { value: '', label: 'All', count: total }
  const buttons = [all, ...kinds].map((kind, i) => choice(kind, i === 0)).join('')
  const fieldset =
    kinds.length === 0
      ? ''
      : `<fieldset class="choice kinds"><legend class="unseen">Show</legend>${buttons}</fieldset>`
  const options = orders.map(
    ({ key, label }) => `<option value="${escapeHtml(key)}">${escapeHtml(label)}</option>`,
  )
  return `<div class="filter" hidden>${fieldset}
<label>Search <input type="search" class="search" autocomplete="off"></label>
<label>Order <select class="order" autocomplete="off">${options.join('')}</select></label>
<output class="count"></output></div>`
}

/** The attributes of an entry's element. */
export function entryAttributes({ text, kind, order }: EntryAttributes): string {
  const numbers = Object.entries(order).map(([key, value]) => ` data-${key}="${value}"`)
  const ofKind = kind === undefined ? '' : ` data-kind="${escapeHtml(kind)}"`
  return `data-entry="${escapeHtml(text.toLowerCase())}"${ofKind}${numbers.join('')}`
}
