import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { openWavWriter } from '../../src/audio/wav/writer.js'
import { packageFolder } from '../../src/package-root.js'

const run = promisify(execFile)
const cli = join(packageFolder(), 'dist', 'src', 'cli', 'main.js')

export interface CommandRow {
  readonly task: string
  readonly realTimeFactor: number
  readonly startToFirstSampleMs: number
  readonly peakMemoryMb: number
}

/** A voice-like test signal: a buzz with a moving pitch and formant, and pauses. */
async function writeSpeechLike(path: string, seconds: number): Promise<void> {
  const sampleRate = 22_050
  const writer = await openWavWriter(path, sampleRate)
  let phase = 0
  for (let second = 0; second < seconds; second++) {
    const block = Float32Array.from({ length: sampleRate }, (_, i) => {
      const time = second + i / sampleRate
      phase += (140 + 40 * Math.sin(2 * time)) / sampleRate
      const envelope = Math.max(0, Math.sin(2 * Math.PI * 1.5 * time))
      let sum = 0
      for (let k = 1; k < 12; k++) sum += Math.sin(2 * Math.PI * k * phase) / k
      return 0.1 * envelope * sum
    })
    await writer.write(block)
  }
  await writer.close()
}

/** Vocoding of a short, a 60 s and a ten-minute file as a user runs it: speed, start-up and memory. */
export async function commandLine(): Promise<CommandRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'glowcast-bench-'))
  try {
    const rows: CommandRow[] = []
    for (const seconds of [3, 60, 600]) {
      const input = join(folder, `${seconds}.wav`)
      await writeSpeechLike(input, seconds)
      const arguments_ = [cli, 'vocode', input, join(folder, 'out.wav'), '--threads', '1', '--json']
      const { stdout } = await run(process.execPath, arguments_)
      const figures = JSON.parse(stdout) as Omit<CommandRow, 'task'>
      rows.push({
        task: `vocode ${seconds} s`,
        realTimeFactor: figures.realTimeFactor,
        startToFirstSampleMs: figures.startToFirstSampleMs,
        peakMemoryMb: figures.peakMemoryMb,
      })
    }
    return rows
  } finally {
    await rm(folder, { recursive: true })
  }
}
