/**
 * The training loop, and runs with a configuration, logs and checkpoints.
 * @module
 */
import '../setup.js'

export {
  type BenchmarkOptions,
  type BenchmarkResult,
  type BenchmarkTask,
  benchmark,
  benchmarkTasks,
} from './benchmark.js'
export { type BuildInputs, buildTrainer, modelOptions } from './build.js'
export { buildSchedule } from './buildSchedule.js'
export { type Checkpoint, type CheckpointRecord, readCheckpoint, writeCheckpoint } from './checkpointFile.js'
export { type PartialConfig, type RunConfig, runSchema } from './config.js'
export { type EvaluateOptions, type Evaluation, evaluate } from './evaluate.js'
export type { EpochEvent, StepEvent, StopReason, TrainEndEvent, TrainingControl, TrainingEvents } from './events.js'
export { type ExportFormat, type ExportOptions, exportModel } from './exportModel.js'
export { type Callback, type FitModelOptions, fit, type History } from './fit.js'
export { freeze, trainingMode } from './freeze.js'
export type { BatchPart, GradientSum } from './gradientSum.js'
export { startFrom } from './initialWeights.js'
export { readRunConfig } from './initLayer.js'
export type { StepRecord } from './logs.js'
export { findLearningRate, type LrFindOptions, type LrPoint, type LrSearch } from './lrFind.js'
export { NonFiniteError } from './nonFinite.js'
export type { ParamGroup } from './paramGroups.js'
export { Predictor } from './predictor.js'
export type { Progress } from './progress.js'
export { type ConfigLayer, objectLayer, readConfig, yamlLayer } from './readConfig.js'
export { Run, type RunEvents } from './run.js'
export { resumeRun, type StartOptions, startRun } from './startRun.js'
export { type StepOptions, Stepper, type StepperOptions, type StepResult, trainStep } from './stepper.js'
export { type TestAugmentation, testAugmentations } from './testAugmentation.js'
export type { FormatKey } from './trained/assume.js'
export type { FittedWeights } from './trained/fitWeights.js'
export {
  type ImportedModel,
  importModel,
  type LoadedModel,
  loadModel,
  openTrained,
  type TrainedOverrides,
} from './trained/openTrained.js'
export type { InputFormat, TrainedOn } from './trained/trainedOn.js'
export { type FitOptions, Trainer, type TrainerOptions } from './trainer.js'
export { applyWeights, readWeights, writeWeights } from './weights.js'
export { whitenFirst } from './whitenFirst.js'
