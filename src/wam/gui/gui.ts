import type { WamParameterInfo } from '@webaudiomodules/api'
import type { GlowcastNode, VoiceStatus } from '../node.js'
import { type ParameterId, parameterIds } from '../parameters.js'
import { createKeyboard } from './keyboard.js'
import { sheetOf } from './sheet.js'

/** How often the controls follow automation. */
const followMs = 200

const sheet = sheetOf(`
:host { display: block; box-sizing: border-box; width: 100%; max-width: 390px; padding: 12px 14px; border-radius: 8px;
  color-scheme: light dark; background: Canvas; color: CanvasText; font: 14px/1.4 system-ui, sans-serif; }
h2 { margin: 0 0 2px; font-size: 16px; }
.status { margin: 0 0 8px; min-height: 1.4em; font-size: 12px; opacity: 0.8; }
.row { display: grid; grid-template-columns: 118px 1fr 84px; gap: 8px; align-items: center; min-height: 28px; }
.row output { text-align: end; font-variant-numeric: tabular-nums; font-size: 12px; }
input[type="range"], select { width: 100%; margin: 0; accent-color: #2563eb; font: inherit; }
input[type="checkbox"] { justify-self: start; width: 18px; height: 18px; margin: 0; accent-color: #2563eb; }
:focus-visible { outline: 3px solid #3b82f6; outline-offset: 2px; }
.keyboard { margin-top: 10px; }
`)

/** What shows a parameter, and is turned by hand. */
interface Control {
  readonly row: HTMLElement
  show(value: number): void
}

const closers = new WeakMap<Element, () => void>()

export function createGui(node: GlowcastNode): HTMLElement {
  const element = document.createElement('div')
  const root = element.attachShadow({ mode: 'open' })
  root.adoptedStyleSheets = [sheet]
  const title = document.createElement('h2')
  title.textContent = node.module.descriptor.name
  const status = document.createElement('p')
  status.className = 'status'
  status.role = 'status'
  const controls = new Map(
    parameterIds.map((id) => [id, controlOf(node.parameterInfo[id]!, (value) => node.change(id, value))]),
  )
  const keyboard = createKeyboard((bytes) => node.play(bytes))
  keyboard.className = 'keyboard'
  root.append(title, status, ...[...controls.values()].map(({ row }) => row), keyboard)
  const follow = () => showState(node, controls, status)
  void follow()
  const timer = setInterval(follow, followMs)
  closers.set(element, () => clearInterval(timer))
  return element
}

/** Ends what `createGui` began; other elements are left alone. */
export function destroyGui(element: Element): void {
  closers.get(element)?.()
  element.remove()
}

async function showState(
  node: GlowcastNode,
  controls: ReadonlyMap<ParameterId, Control>,
  status: HTMLElement,
): Promise<void> {
  const text = textOf(node.status, node.latencyMs)
  // Screen readers read it again whenever it is set.
  if (status.textContent !== text) status.textContent = text
  const values = await node.getParameterValues(false)
  for (const [id, control] of controls) control.show(values[id]!.value)
}

function textOf({ failure, underruns }: VoiceStatus, latencyMs: number): string {
  if (failure !== undefined) return `Silent: ${failure.message}`
  const late = `${latencyMs.toFixed(0)} ms late`
  return underruns === 0 ? late : `${late}, ${underruns} gaps: this machine is busy`
}

function controlOf(info: WamParameterInfo, change: (value: number) => void): Control {
  const row = document.createElement('label')
  row.className = 'row'
  const name = document.createElement('span')
  name.textContent = info.label
  const { input, shown } = inputOf(info, change)
  row.append(name, input)
  if (shown !== undefined) row.append(shown.output)
  return {
    row,
    show(value) {
      // Nothing moves under the hand that turns it.
      if (input.matches(':active')) return
      if (input instanceof HTMLInputElement && input.type === 'checkbox') input.checked = value >= 0.5
      else input.value = `${value}`
      shown?.show(value)
    },
  }
}

interface Shown {
  readonly output: HTMLOutputElement
  show(value: number): void
}

function inputOf(
  info: WamParameterInfo,
  change: (value: number) => void,
): { input: HTMLInputElement | HTMLSelectElement; shown?: Shown } {
  if (info.type === 'choice') {
    const input = document.createElement('select')
    input.append(...info.choices.map((choice, i) => new Option(choice, `${i}`)))
    input.addEventListener('change', () => change(Number(input.value)))
    return { input }
  }
  const input = document.createElement('input')
  if (info.type === 'boolean') {
    input.type = 'checkbox'
    input.addEventListener('change', () => change(Number(input.checked)))
    return { input }
  }
  input.type = 'range'
  input.min = `${info.minValue}`
  input.max = `${info.maxValue}`
  input.step = `${stepOf(info)}`
  const shown = shownOf(info)
  input.addEventListener('input', () => {
    shown.show(input.valueAsNumber)
    change(input.valueAsNumber)
  })
  return { input, shown }
}

function shownOf(info: WamParameterInfo): Shown {
  const output = document.createElement('output')
  const digits = stepOf(info) < 1 ? 2 : 0
  const unit = info.units === 'semitones' ? ' st' : ''
  return {
    output,
    show(value) {
      output.value = `${value.toFixed(digits)}${unit}`
    },
  }
}

function stepOf({ discreteStep, units }: WamParameterInfo): number {
  if (discreteStep > 0) return discreteStep
  return units === 'semitones' ? 0.1 : 0.01
}
