import { melPresets } from '../../audio/mel/mel.js'
import type { ContentConfig } from '../../scoring/novelty/config.js'
import type { SurpriseWords } from './html.js'

/** How a report names what a content model finds unusual. */
export function contentWords({ mel, background }: Pick<ContentConfig, 'mel' | 'background'>): SurpriseWords {
  return {
    curve: background
      ? 'How much likelier the background makes each patch'
      : 'Surprise of each patch: −log of its likelihood',
    curveUnit: 'nats a value',
    highest: `${(melPresets[mel].fMax / 1000).toFixed(0)} kHz`,
    featureGroups: 'How far each feature group is from normal recordings, in their deviations:',
  }
}
