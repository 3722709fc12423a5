export type { Frames } from './audio/buffers/frames.js'
export { ExcitationGenerator, excitationFromPhase } from './audio/excitation/excitation.js'
export { trackPitchPhase } from './audio/excitation/phase.js'
export { loadAudio, loadMono } from './audio/files/audio-file.js'
export { type AudioSource, decodedSource, openAudioSource } from './audio/files/audio-source.js'
export { toMono } from './audio/files/channels.js'
export { convertMel, MelConverter } from './audio/mel/conventions/converter.js'
export type { MelDescription } from './audio/mel/conventions/description.js'
export { melConventions } from './audio/mel/conventions/named.js'
export { readMelConvention } from './audio/mel/conventions/read.js'
export { melFromNpy } from './audio/mel/load-mel.js'
export { logMel, MelAnalyzer, type MelConfig, melPresets } from './audio/mel/mel.js'
export { decodeNpy, encodeNpy } from './audio/mel/npy.js'
export { type MelScaleCheck, MelScaleChecker } from './audio/mel/scale-check.js'
export { type PitchTrack, PitchTracker, trackPitch } from './audio/pitch/pitch.js'
export { Resampler, resample } from './audio/resample.js'
export { inverseMdct, MdctAnalyzer, MdctSynthesizer, mdct } from './audio/spectral/mdct.js'
export { type Audio, decodeWav, encodeWav } from './audio/wav/wav.js'
export { createEngine, type Engine, jit } from './engine/index.js'
export { type ErrorCode, GlowcastError } from './errors.js'
export {
  type Latents,
  type Likelihood,
  LikelihoodModel,
  liveChunkFrames,
  surpriseMap,
} from './likelihood/likelihood.js'
export { WaveglowLikelihoodModel } from './likelihood/waveglow.js'
export { type ModelConfig, parseModelConfig } from './models/config/model-config.js'
export { saveModelFolder } from './models/files/model-folder.js'
export { standaloneOnnx } from './models/glowcast/standalone-onnx.js'
export { loadGlowcastModel, loadModel } from './models/load-model.js'
export {
  type ImportOptions,
  openWaveglowCheckpoint,
  readWeights,
} from './models/waveglow/import/import.js'
export { bundledModel } from './package-root.js'
export { type Calibration, type CalibrationSet, chosenGroup } from './scoring/calibration/file.js'
export { loadCalibration } from './scoring/calibration/store.js'
export type { Detector } from './scoring/detector.js'
export { NoveltyDetector } from './scoring/novelty/detector.js'
export { loadContentModel } from './scoring/novelty/model.js'
export { BlockTest, type BlockTestOptions } from './scoring/statistics/block-test.js'
export { type DriftOptions, type DriftState, DriftTest } from './scoring/statistics/drift.js'
export { TextureDetector } from './scoring/texture/detector.js'
export { type FrameMap, LiveScorer, liveDelaySeconds } from './scoring/texture/live-scorer.js'
export {
  type BlockSpan,
  type BlocksDecision,
  BlockVerdict,
  type BlockVerdictOptions,
  type JudgedBlock,
} from './scoring/verdict/block-verdict.js'
export { combinedScore, shareOfEach } from './scoring/verdict/combined-score.js'
export { type BlockScoreOptions, scoreInBlocks } from './scoring/verdict/file-blocks.js'
export type { FileBlock, FileScore } from './scoring/verdict/file-score.js'
export { scoreFile } from './scoring/verdict/score-file.js'
export type { AcousticModel, SpeakOptions, SpokenPart } from './speech/acoustic-model.js'
export { HibariModel, type HibariOptions } from './speech/hibari/hibari-model.js'
export { MelService, type MelServiceOptions } from './speech/service/mel-service.js'
export type { Quality } from './synthesis/quality.js'
export { type SynthesisOptions, Vocoder } from './synthesis/vocoder.js'
export type { VoiceControls } from './synthesis/voice/controls.js'
export { LiveVoice, type LiveVoiceOptions } from './synthesis/voice/live-voice.js'
