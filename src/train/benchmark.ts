import { backward } from '../autograd/backward.js'
import * as F from '../autograd/functional.js'
import { createModel, type ModelOptions } from '../models/index.js'
import { getBackend } from '../tensor/backend.js'
import { tensor } from '../tensor/create.js'
import { Generator } from '../tensor/random.js'
import { scope } from '../tensor/tensor.js'

export interface BenchmarkOptions {
  model: string
  modelOptions?: ModelOptions
  batchSize: number
  /** How long to measure, after warming up. */
  seconds: number
}

export interface BenchmarkResult {
  model: string
  batchSize: number
  /** Median over the measured steps. */
  imagesPerSecond: number
  /** Milliseconds a step: median, fastest and slowest. */
  stepMs: { median: number; min: number; max: number }
  steps: number
  backend: string
}

/** Steps before measuring: memory is laid out, and the engine has compiled what is hot. */
const warmUpSteps = 3

/** Time whole training steps (forward, backward, SGD with momentum) on random 32-pixel images. */
export function benchmarkTraining(options: BenchmarkOptions): BenchmarkResult {
  const { model: name, batchSize, seconds } = options
  const generator = new Generator(0)
  const model = createModel(name, { seed: 0, ...options.modelOptions })
  const parameters = model.parameters()
  const momentum = parameters.map((p) => tensor(new Float32Array(p.size), p.shape))
  const images = Float32Array.from({ length: batchSize * 3 * 32 * 32 }, () => generator.normal())
  const labels = Int32Array.from({ length: batchSize }, () => generator.integer(10))
  const backend = getBackend()

  const step = (first: boolean): void =>
    scope(() => {
      backward(F.crossEntropy(model.call(tensor(images, [batchSize, 3, 32, 32])), labels))
      parameters.forEach((p, i) => {
        backend.sgdStep(p.array, p.gradArray!, momentum[i]!.array, { ...sgd, first })
        p.zeroGrad()
      })
    })
  for (let i = 0; i < warmUpSteps; i++) step(i === 0)

  const times: number[] = []
  for (const start = performance.now(); performance.now() - start < 1000 * seconds || times.length < 3; ) {
    const before = performance.now()
    step(false)
    times.push(performance.now() - before)
  }
  times.sort((a, b) => a - b)
  const median = times[times.length >> 1]!
  return {
    model: name,
    batchSize,
    imagesPerSecond: (1000 * batchSize) / median,
    stepMs: { median, min: times[0]!, max: times.at(-1)! },
    steps: times.length,
    backend: backend.description,
  }
}

const sgd = { lr: 0.01, momentum: 0.9, dampening: 0, weightDecay: 5e-4, nesterov: false }
