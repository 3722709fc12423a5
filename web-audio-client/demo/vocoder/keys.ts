/** What can be played, paused and stopped from the keyboard. */
export interface Keyed {
  playOrPause(): void
  stop(): void
}

/** Elements that use the space bar themselves. */
const ownSpace = 'input, textarea, select, button, a, summary, audio, [contenteditable]'

/**
 * Escape stops, from everywhere; Space plays and pauses what was played last, except where the focus is on something that
 * uses it.
 */
export function wireKeys(active: () => Keyed, all: readonly Keyed[]): void {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
    if (event.key === 'Escape') {
      for (const each of all) each.stop()
    } else if (event.key === ' ' && !isOwn(event.target)) {
      // The page would scroll.
      event.preventDefault()
      if (!event.repeat) active().playOrPause()
    }
  })
}

function isOwn(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(ownSpace) !== null
}
