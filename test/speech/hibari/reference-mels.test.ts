import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodeNpy } from '../../../src/audio/mel/npy.js'
import { concatFloats } from '../../../src/numeric/concat-floats.js'
import { HibariModel } from '../../../src/speech/hibari/hibari-model.js'

const folder = process.env['GLOWCAST_TEST_ACOUSTIC_MODEL']
/** Mels that the package's own code made, as `N.npy`. */
const mels = process.env['GLOWCAST_TEST_ACOUSTIC_MELS'] ?? ''

const sentences = [
  'The quick brown fox jumps over the lazy dog.',
  'She sells sea shells by the sea shore every summer morning.',
  "Please call me back before five o'clock this afternoon.",
  'Nobody knew why the old lighthouse keeper never came home.',
  'The weather tomorrow will be cloudy with a chance of rain.',
]

describe.skipIf(folder === undefined || !existsSync(join(mels, '0.npy')))(
  'reference mels of hibari-tts',
  () => {
    let model: HibariModel
    beforeAll(async () => {
      model = await HibariModel.open(folder!)
    })
    afterAll(() => model.dispose())

    it.each([...sentences.entries()])(
      'are those of sentence %i within 0.03 nats: %s',
      async (index, text) => {
        const { shape, data } = decodeNpy(await readFile(join(mels, `${index}.npy`)))
        const parts: Float32Array[] = []
        for await (const { mel } of model.speak(text)) parts.push(mel.data)
        const mel = concatFloats(parts)
        // The last frame may be rounded away.
        expect(Math.abs(mel.length / 80 - shape[0]!)).toBeLessThanOrEqual(1)
        const length = Math.min(data.length, mel.length)
        let sum = 0
        // The int8 model differs so much from one processor to another.
        for (let i = 0; i < length; i++) sum += Math.abs(data[i]! - mel[i]!)
        expect(sum / length).toBeLessThan(0.03)
      },
    )
  },
)
