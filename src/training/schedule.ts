import type { TrainingConfig, TrainingPhase } from './config.js'

export function totalSteps(config: TrainingConfig): number {
  return config.phases.reduce((sum, phase) => sum + phase.steps, 0)
}

/** The phase that step (1-based) belongs to, and the step's number in it (1-based). */
export function phaseAt(
  config: TrainingConfig,
  step: number,
): { index: number; phase: TrainingPhase; stepInPhase: number } {
  let before = 0
  for (const [index, phase] of config.phases.entries()) {
    if (step <= before + phase.steps) return { index, phase, stepInPhase: step - before }
    before += phase.steps
  }
  const index = config.phases.length - 1
  const phase = config.phases[index]!
  return { index, phase, stepInPhase: phase.steps }
}

/** Linear warm-up, constant, then a geometric fall to `finalRate` of the rate: for each phase. */
export function learningRateAt(config: TrainingConfig, step: number): number {
  const { phase, stepInPhase } = phaseAt(config, step)
  const warmup = config.warmupSteps === 0 ? 1 : Math.min(1, stepInPhase / config.warmupSteps)
  const decayStart = phase.steps * (1 - config.decayShare)
  const progress = Math.max(0, stepInPhase - decayStart) / Math.max(1, phase.steps - decayStart)
  const decay = config.finalRate > 0 ? config.finalRate ** progress : 1 - progress
  return phase.learningRate * warmup * decay
}

/** The average follows fast at first, so that early checkpoints are not the initial weights. */
export function emaDecayAt(config: TrainingConfig, step: number): number {
  return Math.min(config.emaDecay, (1 + step) / (10 + step))
}
