import type { ScoreAnswer, Vocoder } from 'glowcast/web'
import { button, clip, element, input, say, saying } from './page.js'

const words = { accept: 'As normal recordings are', retry: 'Unlike normal recordings', reject: 'Not normal' }

function details({ groupChoice, bitsPerSample, anomalies, warnings, error }: ScoreAnswer): string[] {
  return [
    ...(error === undefined ? [] : [error.message]),
    ...(groupChoice === undefined ? [] : [`Compared with ${groupChoice.group}: ${groupChoice.why}`]),
    ...(bitsPerSample === null ? [] : [`${bitsPerSample.toFixed(2)} bits per sample`]),
    ...anomalies.map(
      ({ startSeconds, endSeconds, kind }) =>
        `${startSeconds.toFixed(2)} to ${endSeconds.toFixed(2)} s: ${kind}`,
    ),
    ...warnings.map(({ message }) => message),
  ]
}

async function score(vocoder: Vocoder, file: File): Promise<void> {
  say('verdict', 'Scoring')
  element('details', HTMLUListElement).replaceChildren()
  const answer = await vocoder.score(file, {
    progress: (share) => say('verdict', `Scoring: ${(100 * share).toFixed(0)} %`),
  })
  const { decision, pValue } = answer
  say('verdict', `${words[decision]}${pValue === null ? '' : `, p = ${pValue.toPrecision(2)}`}`)
  const items = details(answer).map((text) =>
    Object.assign(document.createElement('li'), { textContent: text }),
  )
  element('details', HTMLUListElement).replaceChildren(...items)
}

export function wireScoring(vocoder: Vocoder): void {
  button('score-clip').addEventListener('click', () =>
    saying('verdict', async () => score(vocoder, await clip())),
  )
  input('recording').addEventListener('change', () => {
    const [file] = input('recording').files ?? []
    if (file !== undefined) void saying('verdict', () => score(vocoder, file))
  })
}
