// The behaviour of a report page, which has it inline. Where scripts do not run, the browser's own players remain.
// JavaScript, as the page gets this very file; `tsc -p web-audio-client` checks its types.

/** Played before a marked place, so that the ear hears it come, in seconds. */
const leadSeconds = 0.4
/** Sides that are further apart than this are brought together when the side changes, in seconds. */
const maxApartSeconds = 0.015
/** After such a jump a sound needs some time to play on, in ms. */
const restMs = 500

/**
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} type
 * @returns {T}
 */
function one(root, selector, type) {
  const found = root.querySelector(selector)
  if (!(found instanceof type)) throw new Error(`${selector}: expected a ${type.name}`)
  return found
}

/** Plays one or several versions of a sound in step; one of them is heard. */
class Player {
  /** @type {Player | undefined} */
  static playing

  /** @param {HTMLElement} root */
  constructor(root) {
    this.seconds = Number(root.dataset['seconds'])
    this.sounds = [...root.querySelectorAll('audio')]
    this.heads = [...root.querySelectorAll('.head')].filter((head) => head instanceof HTMLElement)
    this.sides = [...root.querySelectorAll('.sides input')].filter((side) => side instanceof HTMLInputElement)
    this.play = one(root, '.play', HTMLButtonElement)
    this.seek = one(root, '.seek', HTMLInputElement)
    this.clock = one(root, '.clock', HTMLElement)
    const match = root.querySelector('.match input')
    this.match = match instanceof HTMLInputElement ? match : undefined
    this.side = 0
    this.broughtAtMs = 0
    for (const sound of this.sounds) sound.controls = false
    one(root, '.deck', HTMLElement).hidden = false
    this.wire(root)
    this.choose(0)
  }

  /** @param {HTMLElement} root */
  wire(root) {
    this.play.addEventListener('click', () => (this.isOn ? this.pause() : this.start(this.heard.currentTime)))
    this.seek.addEventListener('input', () => this.moveTo(Number(this.seek.value)))
    this.match?.addEventListener('change', () => this.choose(this.side))
    for (const side of this.sides)
      side.addEventListener('change', () => side.checked && this.choose(Number(side.value)))
    for (const [index, picture] of [...root.querySelectorAll('.picture')].entries()) {
      picture.addEventListener('click', (event) => {
        if (!(event instanceof MouseEvent)) return
        const { left, width } = picture.getBoundingClientRect()
        const side = Number(picture.getAttribute('data-side') ?? index)
        if (side < this.sounds.length) this.choose(side)
        this.start((this.seconds * (event.clientX - left)) / width)
      })
    }
    for (const button of root.querySelectorAll('button[data-seek]'))
      button.addEventListener('click', () =>
        this.start(Number(button.getAttribute('data-seek')) - leadSeconds),
      )
    this.sounds.forEach((sound, side) => {
      sound.addEventListener('ended', () => {
        if (side === this.side) this.pause(0)
      })
      sound.addEventListener('error', () => {
        // Firefox tells of a loudspeaker that is missing, too, and plays on.
        if (side === this.side && sound.error !== null)
          this.clock.textContent = 'This sound could not be loaded.'
      })
    })
  }

  get heard() {
    const sound = this.sounds[this.side]
    if (sound === undefined) throw new Error(`side ${this.side} has no sound`)
    return sound
  }

  get isOn() {
    return Player.playing === this
  }

  /** @param {number} side */
  choose(side) {
    const seconds = this.heard.currentTime
    this.side = side
    if (Math.abs(this.heard.currentTime - seconds) > maxApartSeconds) this.heard.currentTime = seconds
    const isMatched = this.match?.checked ?? false
    this.sounds.forEach((sound, index) => {
      sound.muted = index !== side
      sound.volume = isMatched ? Number(sound.dataset['matched'] ?? 1) : 1
    })
    for (const input of this.sides) input.checked = Number(input.value) === side
    this.show()
  }

  /** @param {number} seconds */
  start(seconds) {
    if (!this.isOn) Player.playing?.pause()
    Player.playing = this
    this.moveTo(seconds)
    // A version that does not play leaves the others as they are; the one that is heard says so itself.
    for (const sound of this.sounds) sound.play().catch(() => sound === this.heard && this.pause())
    this.follow()
  }

  /** @param {number} [seconds] */
  pause(seconds = this.heard.currentTime) {
    if (this.isOn) Player.playing = undefined
    for (const sound of this.sounds) sound.pause()
    this.moveTo(seconds)
  }

  /** @param {number} seconds */
  moveTo(seconds) {
    const within = Math.min(this.seconds, Math.max(0, seconds))
    for (const sound of this.sounds) sound.currentTime = within
    this.show(within)
  }

  follow() {
    this.show()
    if (!this.isOn) return
    this.keepInStep()
    requestAnimationFrame(() => this.follow())
  }

  /** Brings what is not heard to where the heard is, so that a change of side needs no jump, which would be a gap. */
  keepInStep() {
    const now = performance.now()
    if (now - this.broughtAtMs < restMs) return
    const { currentTime } = this.heard
    for (const sound of this.sounds) {
      const apart = sound.currentTime - currentTime
      if (sound === this.heard || sound.ended || Math.abs(apart) <= maxApartSeconds) continue
      sound.currentTime = currentTime
      this.broughtAtMs = now
    }
  }

  show(seconds = this.heard.currentTime) {
    this.play.textContent = this.isOn ? 'Pause' : 'Play'
    this.seek.value = String(seconds)
    this.clock.textContent = `${seconds.toFixed(1)} / ${this.seconds.toFixed(1)} s`
    for (const head of this.heads) head.style.left = `${(100 * seconds) / this.seconds}%`
  }
}

/** Shows the entries of one kind whose names hold a text, in the order that is chosen. */
class Filter {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.entries = [...document.querySelectorAll('[data-entry]')].filter(
      (entry) => entry instanceof HTMLElement,
    )
    this.text = one(root, '.search', HTMLInputElement)
    this.order = one(root, '.order', HTMLSelectElement)
    this.count = one(root, '.count', HTMLElement)
    this.kinds = [...root.querySelectorAll('.kinds input')].filter((kind) => kind instanceof HTMLInputElement)
    root.hidden = false
    for (const input of [this.text, this.order, ...this.kinds])
      input.addEventListener('input', () => this.show())
    this.show()
  }

  show() {
    const kind = this.kinds.find(({ checked }) => checked)?.value ?? ''
    const text = this.text.value.trim().toLowerCase()
    const key = this.order.value
    const value = (/** @type {HTMLElement} */ entry) => Number(entry.dataset[key])
    for (const entry of [...this.entries].sort((a, b) => value(a) - value(b)))
      entry.parentElement?.append(entry)
    let shown = 0
    for (const entry of this.entries) {
      const isShown =
        (kind === '' || entry.dataset['kind'] === kind) && (entry.dataset['entry'] ?? '').includes(text)
      entry.hidden = !isShown
      if (isShown) shown += 1
    }
    this.count.textContent = `${shown} of ${this.entries.length} shown`
  }
}

for (const root of document.querySelectorAll('.player')) if (root instanceof HTMLElement) new Player(root)
for (const root of document.querySelectorAll('.filter')) if (root instanceof HTMLElement) new Filter(root)
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') Player.playing?.pause(0)
})
