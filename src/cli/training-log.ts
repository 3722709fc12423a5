import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stackedCharts } from '../evaluation/line-chart.js'
import type { LossFigures } from '../training/train-step.js'
import { bitsPerSample } from '../units.js'

export interface LogLine {
  readonly kind: 'training' | 'validation'
  readonly step: number
  readonly bitsPerSample: number
  readonly spectralEnergyDistance: number
  readonly logMelL1: number
  readonly pitchLoss: number
  readonly gradientNorm: number
}

/** `log.jsonl`, one line a figure, and `loss.svg` drawn from it. */
export class TrainingLog {
  private readonly path: string
  private lines: LogLine[] = []
  private written = 0

  constructor(private readonly folder: string) {
    this.path = join(folder, 'log.jsonl')
  }

  /** Drops what was logged after the checkpoint that a run resumes from. */
  async resumeAt(step: number): Promise<void> {
    const text = step === 0 ? '' : await readFile(this.path, 'utf8').catch(() => '')
    this.lines = text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as LogLine)
      .filter((line) => line.step <= step)
    await writeFile(this.path, this.lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    this.written = this.lines.length
  }

  add(kind: LogLine['kind'], step: number, figures: LossFigures): void {
    this.lines.push({
      kind,
      step,
      bitsPerSample: bitsPerSample(figures.nll),
      spectralEnergyDistance: figures.sed,
      logMelL1: figures.melL1,
      pitchLoss: figures.pitch,
      gradientNorm: figures.gradientNorm,
    })
  }

  last(kind: LogLine['kind']): LogLine | undefined {
    return this.lines.findLast((line) => line.kind === kind)
  }

  async flush(): Promise<void> {
    const fresh = this.lines.slice(this.written)
    await appendFile(this.path, fresh.map((line) => `${JSON.stringify(line)}\n`).join(''))
    this.written = this.lines.length
    await writeFile(join(this.folder, 'loss.svg'), lossChart(this.lines))
  }
}

/** Every figure that is logged, above one another over the same steps. */
const panels = [
  { key: 'bitsPerSample', title: 'Bits per sample', unit: 'bits' },
  { key: 'spectralEnergyDistance', title: 'Spectral energy distance', unit: '' },
  { key: 'logMelL1', title: 'Log-mel L1 of samples', unit: 'nats' },
  { key: 'pitchLoss', title: 'Loss of the pitch network', unit: 'nats' },
  { key: 'gradientNorm', title: 'Norm of the gradient', unit: '' },
] as const satisfies readonly { readonly key: keyof LogLine; readonly title: string; readonly unit: string }[]

function lossChart(lines: readonly LogLine[]): string {
  const shown = panels.flatMap(({ key, title, unit }) => {
    const series = (['training', 'validation'] as const).flatMap((kind) => {
      const points = lines
        .filter((line) => line.kind === kind)
        // A term that a phase does not have is logged as 0, as is the gradient of a validation: no point.
        .map((line) => [line.step, line[key] === 0 ? Number.NaN : line[key]] as const)
      return points.some(([, value]) => Number.isFinite(value)) ? [{ name: kind, points }] : []
    })
    return series.length === 0 && key !== 'bitsPerSample'
      ? []
      : [{ title, xLabel: 'step', yLabel: unit, series, height: 260 }]
  })
  return stackedCharts('Training', shown)
}
