import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { invalidRun, ioError } from '../../errors.js'
import { type FigureName, figureNames } from '../../evaluation/figures.js'
import { readError } from '../../io/system-error.js'
import { parseWith } from '../../parse-with.js'

/** The name of a run's figures in its report's folder. */
export const evaluationFile = 'evaluation.json'

const figure = z.number().finite().nullable()

/** Sounds of a report lie below its folder: a path that leads elsewhere is refused. */
const pathBelow = z.string().regex(/^audio\/[\w.-]+$/)

const fileSchema = z.object({
  /** Path below the data folder, without extension. */
  name: z.string().min(1),
  seconds: z.number().positive(),
  figures: z.object(Object.fromEntries(figureNames.map((name) => [name, figure]))) as unknown as z.ZodType<
    Readonly<Record<FigureName, number | null>>
  >,
  bitsPerSample: z.number().finite(),
  /** The resynthesis in the report, where it is shown there. */
  sound: pathBelow.optional(),
})

const runSchema = z.object({
  version: z.literal(1),
  model: z.record(z.string(), z.union([z.string(), z.number()])),
  settings: z.object({
    damage: z.string(),
    seed: z.number(),
    temperature: z.number(),
  }),
  sampleRate: z.number().positive(),
  files: z.array(fileSchema).min(1),
})

/** What `evaluate` measured, file by file, so that another run can be compared with it. */
export type EvaluationRun = z.infer<typeof runSchema>
export type EvaluatedFile = EvaluationRun['files'][number]

/**
 * Reads the run of a report.
 *
 * @param folder as `evaluate --report` wrote it
 * @throws GlowcastError IO, INVALID_RUN
 */
export async function loadEvaluationRun(folder: string): Promise<EvaluationRun> {
  const path = join(folder, evaluationFile)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    const { got } = readError(path, cause)
    throw ioError(path, got, 'the folder of an evaluation report', {
      cause,
      message: `${path}: ${got}; expected the folder of an evaluation report`,
    })
  }
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (cause) {
    throw invalidRun(path, 'no JSON', 'the figures of a run', { cause })
  }
  return parseWith(runSchema, content, path, 'INVALID_RUN')
}
