import { backward } from '../autograd/backward.js'
import { checkElements } from '../autograd/checkElements.js'
import { crossEntropy } from '../autograd/functional.js'
import { gradientsAside } from '../autograd/gradcheck.js'
import type { TapeNode } from '../autograd/op.js'
import { exact, Rerun } from '../autograd/rerun.js'
import type { CheckRow } from '../autograd/runChecks.js'
import type { Module } from '../nn/module.js'
import { summarize } from '../nn/summary.js'
import { withBackend } from '../tensor/backend.js'
import { randn } from '../tensor/create.js'
import { keepingAll } from '../tensor/memory.js'
import { MetaBackend } from '../tensor/meta/metaBackend.js'
import type { FloatArray } from '../tensor/ndarray.js'
import { Generator } from '../tensor/random.js'
import { scope, type Tensor } from '../tensor/tensor.js'
import { createModel, listModels } from './registry.js'

/** What a model is checked on: as little as it can take, since each derivative costs two runs of it in plain loops. */
export interface ModelCheckInput {
  images: number
  /** Height and width of the images, pixels. */
  size: number
  /** What the model is made with, besides its seed. */
  options: { width?: number }
}

/** @param name as for `createModel` */
export function modelCheckInput(name: string): ModelCheckInput {
  const options = listModels().find((model) => model.name === name)?.options ?? []
  // GhostNet halves its planes four times, and a batch norm needs a few numbers a channel; VGG-16 halves them five times.
  if (options.includes('width')) return { images: 2, size: 32, options: { width: 0.25 } }
  return { ...smallest(name), options: {} }
}

function smallest(name: string): { images: number; size: number } {
  if (name.includes('vgg')) return { images: 1, size: 32 }
  // speednet pools three times, and its first convolution has no padding.
  return { images: 2, size: name.includes('speednet') ? 16 : 8 }
}

/** How many derivatives are checked by each tensor that is: the one with the largest gradient, and random ones. */
export const derivativesEach = 2

/** Multiply-adds of one run of the model, for each tensor that is checked: with so many in all, plain loops take some 20 s. */
const affordable = 4e8

/** By how many tensors a model can be checked in well under a minute; by three at least, and one of them is the images. */
export function sampleSizeOf(name: string): number {
  const { images, size, options } = modelCheckInput(name)
  const { macs } = withBackend(new MetaBackend(), () => summarize(createModel(name, options), [3, size, size]))
  return Math.max(3, Math.floor(affordable / (images * macs)))
}

export interface CheckModelOptions {
  /** Check by so many tensors: by the images, and by parameters that are drawn, always the same ones. Default: by all. */
  tensors?: number
  /** Told how many tensors are done, of how many. */
  onProgress?: (done: number, total: number) => void
}

/**
 * Compare a model's gradients with central differences of its loss, cross-entropy on random images in training mode, in float64 on
 * the reference backend: by the images and by its parameters, two elements of each (`derivativesEach`). The step is chosen for
 * each: it shrinks from 1e-4 until no relu or maximum changes its side on the way.
 * @returns a row for each tensor that was checked, in the model's order, and how many there are; errors are relative to the
 * derivative, or to 0.001 where it is smaller
 */
export function checkModel(
  name: string,
  { tensors = Infinity, onProgress }: CheckModelOptions = {},
): { rows: CheckRow[]; total: number } {
  const { images, size, options } = modelCheckInput(name)
  return withBackend(exact, () =>
    scope(() => {
      const model = createModel(name, { seed: 0, ...options })
      const x = randn([images, 3, size, size], { generator: new Generator(0), requiresGrad: true })
      const labels = Int32Array.from({ length: images }, (_, n) => 3 * n)
      const leaves: [name: string, leaf: Tensor][] = [['images', x], ...trainedOf(model)]
      const loss = keepingAll(() => crossEntropy(model.call(x), labels))
      const gradients = gradientsOf(
        loss,
        leaves.map(([, leaf]) => leaf),
      )
      const rerun = new Rerun(loss.node as TapeNode)
      const check = (i: number): CheckRow => {
        const [input, leaf] = leaves[i]!
        const f = (values: ArrayLike<number>) => rerun.with(new Map([[leaf, values]]))
        const checks = checkElements(f, rerun.read(leaf), gradients[i]!, leaf.shape, eachChecked)
        const { error, index, analytic, numeric } = checks.reduce((a, b) => (b.error > a.error ? b : a))
        return { name, worstError: error, input, index, analytic, numeric, rules: {} }
      }
      const chosen = inRandomOrder(leaves.length).slice(0, tensors)
      const rows = chosen
        .sort((a, b) => a - b)
        .map((i, done) => {
          const row = check(i)
          onProgress?.(done + 1, chosen.length)
          return row
        })
      return { rows, total: leaves.length }
    }),
  )
}

const trainedOf = (model: Module) => [...model.namedParameters()].filter(([, { requiresGrad }]) => requiresGrad)

/** 0, and then the other numbers below n; the same order each time. */
const inRandomOrder = (n: number): number[] => [
  0,
  ...new Generator(0).shuffle(Array.from({ length: n - 1 }, (_, i) => i + 1)),
]

const eachChecked = { weights: [1], enough: 1e-7, samples: derivativesEach, floor: 1e-3 }

const gradientsOf = (loss: Tensor, leaves: readonly Tensor[]): FloatArray[] =>
  gradientsAside(leaves, () => {
    backward(loss, undefined, { retainGraph: true })
    return leaves.map(({ gradArray, size }) => (gradArray ? exact.read(gradArray) : new Float64Array(size)))
  })
