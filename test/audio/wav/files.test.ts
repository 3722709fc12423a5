import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openWavReader } from '../../../src/audio/wav/reader.js'
import { decodeWav, encodeWav } from '../../../src/audio/wav/wav.js'
import { openWavWriter } from '../../../src/audio/wav/writer.js'
import { chunksOf, joined, noise } from '../chunks.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glowcast-wav-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('openWavWriter', () => {
  it.each(['int16', 'int24', 'float32'] as const)(
    'writes the same bytes as encodeWav: %s',
    async (format) => {
      const waveform = noise(1001)
      const path = join(folder, `${format}.wav`)
      const writer = await openWavWriter(path, 16_000, format)
      for (const chunk of chunksOf(waveform, 200, 1)) await writer.write(chunk)
      expect(await writer.close()).toEqual({ clipped: 0 })
      expect(new Uint8Array(await readFile(path))).toEqual(
        encodeWav({ sampleRate: 16_000, channels: [waveform] }, { format }),
      )
    },
  )

  it('counts what it clips', async () => {
    const writer = await openWavWriter(join(folder, 'loud.wav'), 16_000, 'int16')
    await writer.write(Float32Array.of(0, 1.5, -1))
    await writer.write(Float32Array.of(-1.5, 0.9))
    expect(await writer.close()).toEqual({ clipped: 2 })
  })

  it('leaves an earlier file until it is closed, and for ever when it is discarded', async () => {
    const path = join(folder, 'interrupted.wav')
    await writeFile(path, 'earlier')
    const discarded = await openWavWriter(path, 16_000, 'float32')
    await discarded.write(noise(500))
    await discarded.discard()
    const writer = await openWavWriter(path, 16_000, 'float32')
    await writer.write(noise(500))
    expect(await readFile(path, 'utf8')).toBe('earlier')
    await writer.close()
    expect(decodeWav(await readFile(path)).channels).toEqual([noise(500)])
  })

  it('streams open sizes to the standard output', async () => {
    const parts: Buffer[] = []
    const stdout = new Writable({
      write(part, _, done) {
        parts.push(part)
        done()
      },
    })
    const writer = await openWavWriter('-', 16_000, 'int24', stdout)
    await writer.write(noise(501))
    await writer.close()
    expect(Buffer.concat(parts)).toHaveLength(44 + 3 * 501)
    expect(decodeWav(Buffer.concat(parts)).channels[0]).toHaveLength(501)
  })

  it('replaces a longer file', async () => {
    const path = join(folder, 'replaced.wav')
    await writeFile(path, new Uint8Array(5000))
    await (await openWavWriter(path, 16_000, 'int16')).close()
    expect((await stat(path)).size).toBe(44)
  })

  it('refuses a path that cannot be written, and samples that are not finite', async () => {
    const missing = join(folder, 'missing', 'x.wav')
    await expect(openWavWriter(missing, 16_000, 'int16')).rejects.toMatchObject({
      code: 'IO',
      field: missing,
    })
    const writer = await openWavWriter(join(folder, 'nan.wav'), 16_000, 'int16')
    await expect(writer.write(Float32Array.of(Number.NaN))).rejects.toMatchObject({ code: 'NON_FINITE' })
    await writer.close()
  })
})

describe('openWavReader', () => {
  it.each(['int16', 'int24', 'float32'] as const)(
    'gives what decodeWav gives, in pieces: %s',
    async (format) => {
      const path = join(folder, `stereo-${format}.wav`)
      const bytes = encodeWav({ sampleRate: 48_000, channels: [noise(1000, 1), noise(1000, 2)] }, { format })
      await writeFile(path, bytes)
      const reader = await openWavReader(path)
      expect(reader).toMatchObject({ sampleRate: 48_000, channels: 2, samples: 1000 })
      const pieces: Float32Array[][] = []
      for (let piece = await reader.read(300); piece !== null; piece = await reader.read(300))
        pieces.push(piece)
      await reader.close()
      expect(pieces.map((piece) => piece[0]!.length)).toEqual([300, 300, 300, 100])
      const whole = [0, 1].map((channel) => joined(pieces.map((piece) => piece[channel]!)))
      expect(whole).toEqual(decodeWav(bytes).channels)
    },
  )

  it('bounds what one call reads', async () => {
    const path = join(folder, 'long.wav')
    const samples = 5_000_000
    await writeFile(
      path,
      encodeWav({ sampleRate: 48_000, channels: [new Float32Array(samples)] }, { format: 'float32' }),
    )
    const reader = await openWavReader(path)
    const [piece] = (await reader.read(Number.POSITIVE_INFINITY))!
    // 16 MiB of 32-bit samples.
    expect(piece).toHaveLength(4 * 1024 * 1024)
    await expect(reader.read(0)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', field: 'maxSamples' })
    await reader.close()
  })

  it('names the file in its errors', async () => {
    const path = join(folder, 'cut.wav')
    await writeFile(path, encodeWav({ sampleRate: 8000, channels: [noise(100)] }, { format: 'int16' }))
    const reader = await openWavReader(path)
    await truncate(path, 60)
    await expect(reader.read(100)).rejects.toMatchObject({ code: 'IO', field: path })
    await reader.close()
    await truncate(path, 30)
    await expect(openWavReader(path)).rejects.toMatchObject({ code: 'INVALID_AUDIO', field: path })
    await expect(openWavReader(join(folder, 'none.wav'))).rejects.toMatchObject({ code: 'IO' })
    await expect(openWavReader(folder)).rejects.toMatchObject({ code: 'IO' })
  })
})
