import { sheetOf } from './sheet.js'

export interface KeyboardOptions {
  /** Lowest key, a C; default 48. */
  readonly lowest?: number
  /** Default 2; a C ends them. */
  readonly octaves?: number
}

const names = ['C', 'C♯', 'D', 'D♯', 'E', 'F', 'F♯', 'G', 'G♯', 'A', 'A♯', 'B']
/** Keys of a computer that lie as those of a piano do, by their place. */
const typed = [
  'KeyA',
  'KeyW',
  'KeyS',
  'KeyE',
  'KeyD',
  'KeyF',
  'KeyT',
  'KeyG',
  'KeyY',
  'KeyH',
  'KeyU',
  'KeyJ',
  'KeyK',
  'KeyO',
  'KeyL',
  'KeyP',
  'Semicolon',
]
const velocity = 100

const sheet = sheetOf(`
:host { display: block; color-scheme: light dark; }
.keys { position: relative; display: flex; height: 92px; touch-action: none; user-select: none; }
button { flex: 1; min-width: 0; margin: 0; padding: 0 0 4px; border: 1px solid #777; border-radius: 0 0 4px 4px;
  background: #fdfdfd; color: #333; font: 10px/1 system-ui, sans-serif; display: flex; align-items: end; justify-content: center; }
button.sharp { flex: 0 0 auto; width: var(--sharp); margin: 0 calc(var(--sharp) / -2); height: 60%; z-index: 1;
  background: #222; color: #fff; }
button[aria-pressed="true"] { background: #3b82f6; color: #fff; }
button:focus-visible { outline: 3px solid #3b82f6; outline-offset: 1px; z-index: 2; }
p { margin: 6px 0 0; font: 13px/1.4 system-ui, sans-serif; }
`)

/**
 * A piano keyboard for mouse, touch and the keys of a computer: as an element that plays MIDI messages. Arrow keys choose a
 * key, Space holds it; A, W, S, E, D … play from its lowest C on.
 *
 * @param play called with the bytes of each message
 */
export function createKeyboard(
  play: (bytes: [number, number, number]) => void,
  { lowest = 48, octaves = 2 }: KeyboardOptions = {},
): HTMLElement {
  const element = document.createElement('div')
  const root = element.attachShadow({ mode: 'open' })
  root.adoptedStyleSheets = [sheet]
  const group = document.createElement('div')
  group.className = 'keys'
  group.role = 'group'
  group.ariaLabel = 'Keyboard'
  const count = 12 * octaves + 1
  group.style.setProperty('--sharp', `${60 / (7 * octaves + 1)}%`)
  const keys = Array.from({ length: count }, (_, i) => keyOf(lowest + i))
  keys.forEach((key, i) => {
    key.tabIndex = i === 0 ? 0 : -1
  })
  group.append(...keys)
  const held = new Set<number>()

  const press = (index: number) => {
    if (held.has(index) || keys[index] === undefined) return
    held.add(index)
    keys[index].ariaPressed = 'true'
    play([0x90, lowest + index, velocity])
  }
  const release = (index: number) => {
    if (!held.delete(index)) return
    keys[index]!.ariaPressed = 'false'
    play([0x80, lowest + index, 0])
  }
  const releaseAll = () => {
    for (const index of [...held]) release(index)
  }

  wirePointers(root, group, keys, { press, release })
  wireTyping(group, keys, { press, release, releaseAll })
  const { line, pedal } = holdLine()
  pedal.addEventListener('change', () => play([0xb0, 64, pedal.checked ? 127 : 0]))
  root.append(group, line)
  return element
}

interface Playing {
  press(index: number): void
  release(index: number): void
}

function keyOf(note: number): HTMLButtonElement {
  const key = document.createElement('button')
  const name = `${names[note % 12]}${Math.floor(note / 12) - 1}`
  key.type = 'button'
  key.ariaLabel = name
  key.ariaPressed = 'false'
  if (name.includes('♯')) key.className = 'sharp'
  if (note % 12 === 0) key.textContent = name
  return key
}

/** Each finger plays the key that it is on. */
function wirePointers(
  root: ShadowRoot,
  group: HTMLElement,
  keys: readonly HTMLElement[],
  { press, release }: Playing,
): void {
  const fingers = new Map<number, number>()
  const move = ({ pointerId, clientX, clientY }: PointerEvent) => {
    const index = keys.indexOf(root.elementFromPoint(clientX, clientY) as HTMLElement)
    const before = fingers.get(pointerId)
    if (index === before) return
    if (before !== undefined) release(before)
    fingers.set(pointerId, index)
    press(index)
  }
  const end = ({ pointerId }: PointerEvent) => {
    const index = fingers.get(pointerId)
    fingers.delete(pointerId)
    if (index !== undefined) release(index)
  }
  group.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return
    group.setPointerCapture(event.pointerId)
    move(event)
  })
  group.addEventListener('pointermove', (event) => fingers.has(event.pointerId) && move(event))
  group.addEventListener('pointerup', end)
  group.addEventListener('pointercancel', end)
}

function wireTyping(
  group: HTMLElement,
  keys: readonly HTMLElement[],
  { press, release, releaseAll }: Playing & { releaseAll(): void },
): void {
  const indexOf = (event: KeyboardEvent) =>
    event.code === 'Space' ? keys.indexOf(event.target as HTMLElement) : typed.indexOf(event.code)
  group.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return
    const at = keys.indexOf(event.target as HTMLElement)
    const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.code]
    const index = indexOf(event)
    if (step === undefined && index < 0) return
    event.preventDefault()
    if (step !== undefined) focusKey(keys, at + step)
    else if (!event.repeat) press(index)
  })
  group.addEventListener('keyup', (event) => release(indexOf(event)))
  // Whoever leaves with a key down never sends that it is up.
  group.addEventListener('focusout', ({ relatedTarget }) => {
    if (!keys.includes(relatedTarget as HTMLElement)) releaseAll()
  })
}

/** One key is in the order of Tab; arrows move among them. */
function focusKey(keys: readonly HTMLElement[], index: number): void {
  const key = keys[index]
  if (key === undefined) return
  for (const other of keys) other.tabIndex = -1
  key.tabIndex = 0
  key.focus()
}

function holdLine(): { line: HTMLElement; pedal: HTMLInputElement } {
  const line = document.createElement('p')
  const label = document.createElement('label')
  const pedal = document.createElement('input')
  pedal.type = 'checkbox'
  label.append(pedal, ' Hold notes')
  line.append(label)
  return { line, pedal }
}
