import { page, setText } from '../shared/page.js'
import { type Clip, clips } from './clips.js'

export type CardState = 'idle' | 'busy' | 'playing' | 'paused'

const stateTexts: Readonly<Record<CardState, string>> = {
  idle: 'Play',
  busy: 'Loading',
  playing: 'Stop',
  paused: 'Paused',
}

/** One card a clip, and one for a file of the visitor's own; each tells what is happening to it. */
export class ClipCards {
  private readonly cards = new Map<string, { button: HTMLButtonElement; state: HTMLElement }>()

  /** @param onTap called with the id of a card; of a file, its name */
  constructor(private readonly onTap: (id: string) => void) {
    for (const clip of clips) this.add(clip.id, clip)
  }

  /** Adds the card of a file, in place of that of the file before. */
  showFile(id: string): void {
    const known = new Set(clips.map((clip) => clip.id))
    for (const [other, { button }] of this.cards) {
      if (known.has(other)) continue
      button.parentElement?.remove()
      this.cards.delete(other)
    }
    this.add(id, { title: id, voice: 'Your file' })
  }

  /** @param id of the card that is heard or waited for; undefined: none */
  show(id: string | undefined, state: CardState): void {
    for (const [other, card] of this.cards) {
      const own = other === id ? state : 'idle'
      card.button.ariaPressed = `${other === id}`
      card.button.ariaBusy = `${own === 'busy'}`
      card.button.dataset['state'] = own
      setText(card.state, stateTexts[own])
    }
  }

  private add(id: string, { title, voice, lang }: Pick<Clip, 'title' | 'voice'> & { lang?: string }): void {
    const button = document.createElement('button')
    button.type = 'button'
    button.ariaPressed = 'false'
    button.dataset['state'] = 'idle'
    const name = document.createElement('strong')
    name.textContent = title
    if (lang !== undefined) name.lang = lang
    const about = document.createElement('span')
    about.textContent = voice
    const state = document.createElement('span')
    state.className = 'state'
    state.textContent = stateTexts.idle
    button.append(name, about, state)
    button.addEventListener('click', () => this.onTap(id))
    const item = document.createElement('li')
    item.append(button)
    page.clips.append(item)
    this.cards.set(id, { button, state })
  }
}
