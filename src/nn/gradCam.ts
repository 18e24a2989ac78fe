import { backward, retainGrad } from '../autograd/backward.js'
import { enableGrad } from '../autograd/gradMode.js'
import { tensor } from '../tensor/create.js'
import { GhostgradError } from '../tensor/errors.js'
import type { Shape } from '../tensor/shape.js'
import { scope, Tensor } from '../tensor/tensor.js'
import { evaluating } from './evaluating.js'
import type { Module } from './module.js'

/** Where a network looked. */
export interface GradCam {
  /** Where in the image the class is seen, (height, width) of the layer's maps; none of them is negative. */
  map: Float32Array
  height: number
  width: number
  /** Number of the class. */
  class: number
  /** (classes) */
  logits: Float32Array
}

/** The least height and width of maps that show where something is, pixels. */
const leastSize = 4

/** The path of the module whose maps are taken where none is named: the last one that gives maps of at least 4 × 4 pixels. */
export function lastMaps(model: Module, input: Tensor): string {
  const run = listMaps(model, input)
  const path = run.findLast(({ shape }) => shape[2]! >= leastSize && shape[3]! >= leastSize)?.path
  if (path !== undefined) return path
  throw new GhostgradError(
    `gradCam: no layer of this network gives maps of at least ${leastSize} × ${leastSize} pixels`,
  )
}

/** Every module that gives maps (N, C, H, W), by path, in the order in which they end. */
export function listMaps(model: Module, input: Tensor): { path: string; shape: Shape }[] {
  const run: { path: string; shape: Shape }[] = []
  const remove = model.onForward((path, _, __, output) => {
    if (output instanceof Tensor && output.rank === 4 && path !== '') run.push({ path, shape: output.shape })
  })
  try {
    evaluating(model, () => scope(() => void model.call(input)))
  } finally {
    remove()
  }
  return run
}

/**
 * Which part of an image speaks for a class: ReLU(Σₖ αₖ Aᵏ) of the maps Aᵏ of a layer, αₖ the mean over its pixels of ∂logit / ∂Aᵏ.
 * Selvaraju et al. 2017, Grad-CAM (https://arxiv.org/abs/1610.02391), equations 1 and 2. In evaluation mode; parameters' gradients are
 * cleared.
 * @param input (1, C, H, W)
 * @param path of the module that gives the maps
 * @param label number of the class; default: the one with the largest logit
 * @throws GhostgradError if `path` is not that of a module that gives maps, or there is no such class
 */
export function gradCam(model: Module, input: Tensor, path: string, label?: number): GradCam {
  let maps: { output: Tensor; data: Float32Array } | null = null
  const remove = model.onForward((own, _, __, output) => {
    if (own === path && output instanceof Tensor && output.rank === 4) {
      maps = { output: retainGrad(output), data: output.data }
    }
  })
  try {
    return evaluating(model, () => enableGrad(() => scope(() => explain(model, input, label, () => maps, path))))
  } finally {
    remove()
    for (const parameter of model.parameters()) parameter.zeroGrad()
  }
}

function explain(
  model: Module,
  input: Tensor,
  label: number | undefined,
  taken: () => { output: Tensor; data: Float32Array } | null,
  path: string,
): GradCam {
  const output = model.call(input)
  const maps = taken()
  if (!maps) throw new GhostgradError(`gradCam: expected the path of a module that gives maps, got "${path}"`)
  const logits = output.data
  const best = logits.reduce((most, value, i) => (value > logits[most]! ? i : most), 0)
  const chosen = label ?? best
  if (!(chosen >= 0 && chosen < logits.length)) {
    throw new GhostgradError(`gradCam: expected a class from 0 to ${logits.length - 1}, got ${chosen}`)
  }
  backward(
    output,
    tensor(
      Float32Array.from(logits, (_, i) => Number(i === chosen)),
      output.shape,
    ),
  )
  const gradient = maps.output.grad
  if (!gradient) throw new GhostgradError(`gradCam: the class does not depend on the maps of "${path}"`)
  const [, channels, height, width] = maps.output.shape as [number, number, number, number]
  return { map: weigh(maps.data, gradient.data, channels, height * width), height, width, class: chosen, logits }
}

/** ReLU of the sum of maps, each weighted by the mean of its gradient. */
function weigh(maps: Float32Array, gradient: Float32Array, channels: number, area: number): Float32Array {
  const sum = new Float64Array(area)
  for (let k = 0; k < channels; k++) {
    let alpha = 0
    for (let p = k * area; p < (k + 1) * area; p++) alpha += gradient[p]! / area
    for (let p = 0; p < area; p++) sum[p]! += alpha * maps[k * area + p]!
  }
  return Float32Array.from(sum, (value) => Math.max(0, value))
}
