import type { Engine } from '../../engine/index.js'
import { ContentMeter } from '../../scoring/novelty/meter.js'
import { loadContentModel } from '../../scoring/novelty/model.js'
import { type ContentFileScore, combinedScore, scoreContentFile } from '../../scoring/novelty/score.js'
import type { ShownStretch } from '../../scoring/verdict/shown-segment.js'
import type { ContentTaskSettings, DensityTask } from './contract.js'

/**
 * @param texture when both detectors decide
 * @throws GlowcastError as `loadContentModel`
 */
export async function openContentTask(
  engine: Engine,
  { folder, withStretch, ...options }: ContentTaskSettings,
  texture?: DensityTask,
): Promise<DensityTask> {
  const { config, flows, profiles, hash } = await loadContentModel(folder)
  const meter = await ContentMeter.create(engine, config, flows)
  const normal = { reference: config.reference, profiles }
  const trainedOn = new Set(config.training.files)
  return {
    engine: engine.description,
    hash: texture === undefined ? hash : `${hash} ${texture.hash}`,
    async run(path, index) {
      if (typeof path !== 'string') throw new Error('recordings in a row, which only the texture measures')
      let stretch: ShownStretch | undefined
      const content: ContentFileScore = await scoreContentFile(path, meter, {
        ...options,
        normal,
        trainedOn,
        index,
        ...(withStretch ? { onStretch: (shown: ShownStretch) => (stretch ??= shown) } : {}),
      })
      const shown = stretch === undefined ? {} : { stretch }
      if (texture === undefined) return { score: content, ...shown }
      const { score } = await texture.run(path, index)
      return { score: combinedScore(score!, content), ...shown }
    },
    async dispose() {
      await meter.dispose()
      await texture?.dispose()
    },
  }
}
