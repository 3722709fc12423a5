import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAside } from '../../io/output.js'
import { readError } from '../../io/system-error.js'
import { bitsPerSample } from '../../likelihood/units.js'
import { plural } from '../../plural.js'
import { stackedCharts } from '../../report/charts/line-chart.js'
import type { LossFigures } from '../../training/train-step.js'

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

  constructor(private readonly folder: string) {
    this.path = join(folder, 'log.jsonl')
  }

  /**
   * Drops what was logged after the checkpoint that a run resumes from, and lines that are torn, as a loss of power leaves
   * them.
   *
   * @param notice told what is dropped that should be there
   * @throws GlowcastError IO; WriteError
   */
  async resumeAt(step: number, notice: (message: string) => void): Promise<void> {
    const lines = step === 0 ? [] : await this.read()
    const whole = lines.map(parsedLine)
    const torn = whole.filter((line) => line === undefined).length
    if (torn > 0)
      notice(`${this.path}: ${torn} of ${plural(lines.length, 'line')} cannot be read and are dropped`)
    this.lines = whole.filter((line) => line !== undefined && line.step <= step) as LogLine[]
    await this.write()
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

  /** @throws WriteError */
  async flush(): Promise<void> {
    await this.write()
    await writeFileAside(join(this.folder, 'loss.svg'), lossChart(this.lines))
  }

  private async read(): Promise<string[]> {
    try {
      const text = await readFile(this.path, 'utf8')
      return text.split('\n').filter((line) => line !== '')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw readError(this.path, error)
    }
  }

  private write(): Promise<void> {
    return writeFileAside(this.path, this.lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  }
}

/** Undefined for what is no line of a log. */
function parsedLine(text: string): LogLine | undefined {
  try {
    const line = JSON.parse(text) as Partial<LogLine> | null
    const isKind = line?.kind === 'training' || line?.kind === 'validation'
    return isKind && Number.isInteger(line?.step) ? (line as LogLine) : undefined
  } catch {
    return undefined
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
