import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodeWav, encodeWav } from '../../../src/audio/wav/wav.js'
import { fillNormal } from '../../../src/numeric/random.js'
import { runCli } from '../memory-io.js'

const sampleRate = 16_000
let folder: string
const at = (...names: string[]) => join(folder, ...names)

/** Two seconds of bursts, like syllables, in silence with a little noise; `pauseDb` below the bursts. */
function syllables({ lead = 1, level = 0.2, pauseDb = 60, dc = 0 } = {}): Float32Array {
  const samples = Math.round((2 * lead + 2) * sampleRate)
  const noise = new Float32Array(samples)
  fillNormal(noise, 1, 1, 0)
  return noise.map((value, i) => {
    const seconds = i / sampleRate - lead
    const isOn = seconds >= 0 && seconds < 2 && seconds % 0.25 < 0.18
    return dc + level * value * (isOn ? 0.3 : 0.3 * 10 ** (-pauseDb / 20))
  })
}

async function write(name: string, waveform: Float32Array): Promise<void> {
  const bytes = encodeWav({ sampleRate, channels: [waveform] }, { format: 'int16' })
  await writeFile(at('raw', name), bytes)
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glowcast-prepare-'))
  await mkdir(at('raw'))
  await write('good.wav', syllables({ dc: 0.01 }))
  await write('noisy.wav', syllables({ pauseDb: 6 }))
  await write('quiet.wav', syllables({ level: 0.002 }))
  await write('silent.wav', new Float32Array(sampleRate))
  await write('short.wav', syllables().subarray(sampleRate, sampleRate * 1.4))
  await write(
    'clipped.wav',
    syllables().map((x) => Math.max(-0.04, Math.min(0.04, x))),
  )
  await writeFile(at('raw', 'broken.mp3'), 'no audio')
})
afterAll(() => rm(folder, { recursive: true }))

describe('glowcast prepare', () => {
  it('cuts silent ends and DC away, leaves out what is unfit, and says why', async () => {
    const { code, stdout, stderr } = await runCli(['prepare', '--data', at('raw'), '--out', at('out')])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^1 recording, 0\.0 min, in /)
    expect(stderr).toMatch(/6 left out: .*prepared\.json says why/)
    expect((await readdir(at('out'), { recursive: true })).sort()).toEqual([
      'prepared.json',
      'raw',
      'raw/good.wav',
    ])
    const { kept, leftOut } = JSON.parse(await readFile(at('out', 'prepared.json'), 'utf8'))
    expect(kept).toHaveLength(1)
    expect(kept[0].file).toBe('raw/good.wav')
    // From the first burst to the last, and a tenth of a second at both ends.
    expect(kept[0].seconds).toBeCloseTo(1.93 + 0.2, 1)
    expect(kept[0].signalToNoiseDb).toBeGreaterThan(50)
    expect(kept[0].bandwidthHz).toBe(8000)
    const reasons = Object.fromEntries(
      leftOut.map(({ path, reason }: { path: string; reason: string }) => [path.split('/').at(-1), reason]),
    )
    expect(reasons['noisy.wav']).toMatch(
      /^noisy, or no speech: speech \d dB above its pauses, wanted at least 12$/,
    )
    expect(reasons['quiet.wav']).toMatch(/^too quiet: -6\d dB full scale, wanted at least -45$/)
    expect(reasons['silent.wav']).toBe('too quiet: -Infinity dB full scale, wanted at least -45')
    expect(reasons['short.wav']).toMatch(/^too short: 0\.4\d s of speech, wanted at least 1$/)
    expect(reasons['clipped.wav']).toMatch(/^clipped: \d+\.\d\d % of the samples, wanted at most 0\.05$/)
    expect(reasons['broken.mp3']).toMatch(/broken\.mp3/)
    const { channels } = decodeWav(new Uint8Array(await readFile(at('out', 'raw', 'good.wav'))))
    const mean = channels[0]!.reduce((sum, x) => sum + x, 0) / channels[0]!.length
    expect(Math.abs(mean)).toBeLessThan(5e-4)
  })

  it('keeps what the limits allow', async () => {
    const limits = ['--min-snr', '5', '--max-clipped', '1', '--min-level', '-80', '--min-seconds', '0.2']
    const { stdout } = await runCli(['prepare', '--data', at('raw'), '--out', at('all'), '--json', ...limits])
    expect(JSON.parse(stdout)).toMatchObject({ kept: 5, leftOut: 2 })
  })

  it('refuses to write among the recordings', async () => {
    const { code, stderr } = await runCli(['prepare', '--data', at('raw'), '--out', at('raw')])
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /--out .*raw: it holds the recordings of --data .*raw; choose a folder beside them/,
    )
  })
})
