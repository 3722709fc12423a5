import { page } from './page.js'

/** Files dropped anywhere: the half of the page on which one falls says what is done with it. */
export function wireDrop(actions: Readonly<Record<'speak' | 'score', (file: File) => void>>): void {
  document.addEventListener('dragover', (event) => {
    event.preventDefault()
    page.drop.hidden = false
    const half = halfOf(event)
    for (const each of page.drop.children) each.toggleAttribute('data-over', each === half)
  })
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) page.drop.hidden = true
  })
  document.addEventListener('drop', (event) => {
    event.preventDefault()
    page.drop.hidden = true
    const file = event.dataTransfer?.files[0]
    if (file === undefined) return
    if (halfOf(event)?.getAttribute('data-drop') === 'score') actions.score(file)
    else actions.speak(file)
  })
}

function halfOf({ target }: DragEvent): Element | undefined {
  return (target instanceof Element ? target.closest('[data-drop]') : null) ?? undefined
}
