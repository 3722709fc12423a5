import type { ServerMessage } from '../../../../src/protocol/messages.js'
import type { FrameMap } from '../../../../src/scoring/texture/live-scorer.js'
import type { KnownRecording } from './recordings.js'

type Message<Type extends ServerMessage['type']> = ServerMessage & { type: Type }

/** Half a unit of the last digit that is told, and rounding on top. */
const tolerances = { surprise: 6e-5, bandSurprise: 6e-3, natsPerSample: 6e-5, levelDb: 6e-2 } as const

/** Nats per sample come of the same numbers, summed in another order. */
const natsTolerance = 1e-9

/** What is wrong with all that came of a stream; nothing, if every frame and block is there, in order, and as it must be. */
export function wrongWith(known: KnownRecording, messages: readonly ServerMessage[]): string[] {
  const of = <Type extends ServerMessage['type']>(type: Type) =>
    messages.filter((message): message is Message<Type> => message.type === type)
  const wrong = [...wrongFrames(known.frames, of('scores')), ...wrongBlocks(known, of('block'))]
  const [scored] = of('scored')
  if (scored === undefined) return [...wrong, 'no scored']
  if (messages.at(-1) !== scored) wrong.push(`${messages.at(-1)!.type} after scored`)
  const { file, samples } = known
  const frames = known.frames.reduce((sum, { surprise }) => sum + surprise.length, 0)
  const expected = { samples: samples.length, frames, pValue: file.pValue }
  for (const [name, value] of Object.entries(expected)) {
    const got = scored[name as keyof typeof expected]
    if (got !== value) wrong.push(`scored.${name}: got ${got}, expected ${value}`)
  }
  if (!(Math.abs(scored.natsPerSample! - file.natsPerSample!) <= natsTolerance))
    wrong.push(`scored.natsPerSample: got ${scored.natsPerSample}, expected ${file.natsPerSample}`)
  return wrong.map((what) => `${known.name}: ${what}`)
}

function wrongFrames(expected: readonly FrameMap[], got: readonly Message<'scores'>[]): string[] {
  const wrong: string[] = []
  let next = 0
  for (const { frame, surprise } of got) {
    if (frame !== next) wrong.push(`scores: got frame ${frame}, expected ${next}`)
    next = frame + surprise.length
  }
  for (const [name, tolerance] of Object.entries(tolerances)) {
    const key = name as keyof typeof tolerances
    const [values, wanted] = [got.flatMap((each) => each[key] ?? []), expected.flatMap((each) => each[key])]
    if (values.length !== wanted.length)
      wrong.push(`${name}: got ${values.length} values, expected ${wanted.length}`)
    const at = values.findIndex((value, i) => !(Math.abs(value - wanted[i]!) <= tolerance))
    if (at >= 0) wrong.push(`${name}[${at}]: got ${values[at]}, expected ${wanted[at]}`)
  }
  return wrong
}

function wrongBlocks({ file, seconds }: KnownRecording, got: readonly Message<'block'>[]): string[] {
  // A file that was judged as a whole is one block.
  const { pValue, decision, reasons, anomalies } = file
  const whole = { startSeconds: 0, endSeconds: seconds, pValue, decision, reasons, anomalies }
  const expected = file.blocks ?? [whole]
  const wrong: string[] = []
  if (got.length !== expected.length) wrong.push(`blocks: got ${got.length}, expected ${expected.length}`)
  for (const [index, wanted] of expected.entries()) {
    const block = got[index]
    if (block === undefined) continue
    if (block.block !== index) wrong.push(`block: got ${block.block}, expected ${index}`)
    for (const key of Object.keys(wanted) as (keyof typeof wanted)[]) {
      const [value, right] = [JSON.stringify(block[key]), JSON.stringify(wanted[key])]
      if (value !== right) wrong.push(`block ${index}, ${key}: got ${value}, expected ${right}`)
    }
  }
  return wrong
}
