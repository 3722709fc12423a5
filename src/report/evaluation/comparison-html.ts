import { plural } from '../../plural.js'
import { escapeHtml } from '../page/escape-html.js'
import { formatChange, formatNumber } from '../page/format-number.js'
import { settingsHtml } from '../page/page-html.js'
import type { ComparedFigure, RunComparison } from './compare-runs.js'

/** This run beside another: figure by figure over the files of both. */
export function comparisonHtml({
  model,
  files,
  onlyHere,
  onlyOther,
  settings,
  figures,
}: RunComparison): string {
  const left = [
    ...(onlyHere > 0 ? [`${onlyHere} only in this run`] : []),
    ...(onlyOther > 0 ? [`${onlyOther} only in the other`] : []),
  ]
  const leftOut = left.length === 0 ? '' : ` Left out: ${left.join(', ')}.`
  const differing = settings.map(
    ([name, other, here]) =>
      `<p class="lead">The runs differ in ${escapeHtml(name)}: ${escapeHtml(other)} there, ${escapeHtml(here)} here.</p>`,
  )
  return `<h2 id="comparison">Compared with another run</h2>
<p class="lead">Means over ${plural(files, 'file')} of both runs.${leftOut} A change counts when the 95 % interval of the differences, file by file, leaves zero out.</p>
${differing.join('')}${settingsHtml(model)}
<div class="card wide"><table><thead><tr><th scope="col">Figure</th><th scope="col">Other run</th><th scope="col">This run</th><th scope="col">Difference, 95 % interval</th><th scope="col">Change</th></tr></thead><tbody>${figures.map(row).join('\n')}</tbody></table></div>`
}

function row({ label, unit, other, here, difference, change }: ComparedFigure): string {
  const interval =
    difference.files > 1 ? `${formatChange(difference.low)} to ${formatChange(difference.high)}` : ''
  return `<tr class="${change === 'better' || change === 'worse' ? change : 'same'}"><th scope="row">${escapeHtml(label)} <span class="unit">${escapeHtml(unit)}</span></th><td>${formatNumber(other)}</td><td>${formatNumber(here)}</td><td><span class="value">${formatChange(difference.mean)}</span><br><span class="interval">${interval}</span></td><td class="change">${change}</td></tr>`
}
