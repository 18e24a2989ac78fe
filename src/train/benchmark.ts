import type { Batch } from '../data/loader.js'
import type { ModelOptions } from '../models/options.js'
import { createModel } from '../models/registry.js'
import type { Module } from '../nn/module.js'
import { SGD } from '../optim/sgd.js'
import { getBackend } from '../tensor/backend.js'
import { Generator } from '../tensor/random.js'
import { WasmBackend } from '../tensor/wasm/wasmBackend.js'
import { Predictor } from './predictor.js'
import { Stepper } from './stepper.js'

/** Whole training steps (forward, backward, SGD with momentum), or forward passes in evaluation mode. */
export const benchmarkTasks = ['training', 'inference'] as const

/** What is timed. */
export type BenchmarkTask = (typeof benchmarkTasks)[number]

/** What to time, and for how long. */
export interface BenchmarkOptions {
  /** Default training. */
  task?: BenchmarkTask
  model: string
  modelOptions?: ModelOptions
  batchSize: number
  /** How long to measure, after warming up. */
  seconds: number
}

/** How fast a network trains here. */
export interface BenchmarkResult {
  task: BenchmarkTask
  model: string
  batchSize: number
  /** Median over the measured steps. */
  imagesPerSecond: number
  /** Milliseconds a step: median, fastest and slowest. */
  stepMs: { median: number; min: number; max: number }
  steps: number
  /** Most memory that arrays took at once, 10⁶ bytes; 0 where the backend does not count. */
  peakMegabytes: number
  backend: string
}

/** Steps before measuring: memory is laid out, and the engine has compiled what is hot. */
const warmUpSteps = 3

/** Time one network on random 32-pixel images. */
export function benchmark(options: BenchmarkOptions): BenchmarkResult {
  const { task = 'training', model: name, batchSize, seconds } = options
  const step = prepare(task, createModel(name, { seed: 0, ...options.modelOptions }), randomBatch(batchSize))
  for (let i = 0; i < warmUpSteps; i++) step()

  const times: number[] = []
  for (const start = performance.now(); performance.now() - start < 1000 * seconds || times.length < 3; ) {
    const before = performance.now()
    step()
    times.push(performance.now() - before)
  }
  times.sort((a, b) => a - b)
  const median = times[times.length >> 1]!
  return {
    task,
    model: name,
    batchSize,
    imagesPerSecond: (1000 * batchSize) / median,
    stepMs: { median, min: times[0]!, max: times.at(-1)! },
    steps: times.length,
    peakMegabytes: peakBytes() / 1e6,
    backend: getBackend().description,
  }
}

function prepare(task: BenchmarkTask, model: Module, batch: Batch): () => void {
  if (task === 'inference') {
    const predictor = new Predictor(model.eval())
    return () => predictor.predict(batch.images, batch.shape)
  }
  const optimizer = new SGD(model.namedParameters(), { lr: 0.01, momentum: 0.9, weightDecay: 5e-4 })
  const stepper = new Stepper(model, optimizer)
  return () => stepper.step(batch)
}

function peakBytes(): number {
  const backend = getBackend()
  return backend instanceof WasmBackend ? backend.runtime.peakBytes : 0
}

function randomBatch(count: number): Batch {
  const generator = new Generator(0)
  return {
    images: Float32Array.from({ length: count * 3 * 32 * 32 }, () => generator.normal()),
    labels: Int32Array.from({ length: count }, () => generator.integer(10)),
    count,
    shape: [count, 3, 32, 32],
    step: 0,
  }
}
