import type { AcousticModel } from './acoustic-model.js'
import { HibariModel, type HibariOptions } from './hibari/hibari-model.js'
import { MelService } from './service/mel-service.js'

/**
 * @param place folder that `glowcast unpack-acoustic-model` wrote, or address of a service that gives mels
 * @throws GlowcastError what `HibariModel.open` and `MelService.open` throw
 */
export function openAcousticModel(place: string, options: HibariOptions = {}): Promise<AcousticModel> {
  return MelService.isAddress(place) ? MelService.open(place) : HibariModel.open(place, options)
}
