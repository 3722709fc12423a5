import type { CalibrationSet } from '../calibration/file.js'
import type { Detector, MeasuredSegment } from '../detector.js'
import { openRecording } from '../recording/open-recording.js'
import { type FileScore, readingShare, type ScoreOptions, scoreRecording } from './file-score.js'

/** As `scoreRecording`, of a file. */
export async function scoreFile<Measurement extends MeasuredSegment, Normal extends CalibrationSet>(
  path: string,
  detector: Detector<Measurement, Normal>,
  options: ScoreOptions<Normal>,
): Promise<FileScore> {
  const onRead = (share: number) => options.onProgress?.(readingShare * share)
  return scoreRecording(path, () => openRecording(path, onRead), detector, options)
}
