import { isForTests, type Recording } from '../../../src/training/data/dataset.js'
import { loadWaveform } from './corpus.js'
import { withNoise } from './damages/damages.js'

/** What is measured on blocks: waveforms at the model's rate without DC, in the order in which they are joined. */
export interface BlockTestRecordings {
  readonly validation: readonly Float32Array[]
  readonly judging: readonly Float32Array[]
  /** Of the judging phrases, those that the bundled calibration leaves out. */
  readonly leftOut: readonly Float32Array[]
  /** Of one voice: what fits, calibrates and is heard first; and what is heard after a change, by name. */
  readonly oneVoice: {
    readonly fitting: readonly Float32Array[]
    readonly calibrating: readonly Float32Array[]
    readonly first: readonly Float32Array[]
    readonly changed: Readonly<Record<string, readonly Float32Array[]>>
  }
}

/** Training recordings of the voice that fit its group, and phrases after the change. */
const fittingPhrases = 120
const changedPhrases = 30
const noiseDb = [50, 60]

/** @param voice start of the names of one voice's recordings */
export async function blockTestRecordings(
  recordings: readonly Recording[],
  voice: string,
  sampleRate: number,
): Promise<BlockTestRecordings> {
  const waves = (chosen: readonly Recording[]) =>
    Promise.all(chosen.map((recording) => loadWaveform(recording, sampleRate)))
  const ofVoice = recordings.filter(({ name }) => name.startsWith(voice))
  const others = recordings.filter(({ name }) => !name.startsWith(voice))
  const training = ofVoice.filter(({ split }) => split === 'training')
  const judging = (list: readonly Recording[]) => list.filter(({ split }) => split === 'judging')
  const first = await waves(judging(ofVoice))
  return {
    validation: await waves(recordings.filter(({ split }) => split === 'validation')),
    judging: await waves(judging(recordings)),
    leftOut: await waves(recordings.filter(isForTests)),
    oneVoice: {
      fitting: await waves(
        Array.from(
          { length: fittingPhrases },
          (_, i) => training[Math.floor((i * training.length) / fittingPhrases)]!,
        ),
      ),
      calibrating: await waves(ofVoice.filter(({ split }) => split === 'validation')),
      first,
      changed: {
        'then another voice': await waves(judging(others).slice(0, changedPhrases)),
        ...Object.fromEntries(
          noiseDb.map((db) => [
            `then white noise, ${db} dB SNR`,
            first.slice(0, changedPhrases).map((waveform, i) => withNoise(waveform, i, db)),
          ]),
        ),
      },
    },
  }
}
