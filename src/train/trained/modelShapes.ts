import type { ModelOptions } from '../../models/options.js'
import { createModel } from '../../models/registry.js'
import { BatchNorm1d, BatchNorm2d } from '../../nn/batchNorm.js'
import { Linear } from '../../nn/linear.js'
import type { AnyModule } from '../../nn/module.js'
import { withBackend } from '../../tensor/backend.js'
import { MetaBackend } from '../../tensor/meta/metaBackend.js'
import type { Shape } from '../../tensor/shape.js'

/** What is known of a network without its numbers. */
export interface ModelShapes {
  /** Parameters and buffers in the order of the state dict, without counters. */
  shapes: ReadonlyMap<string, Shape>
  /** Path of the last linear layer: the classifier. */
  head: string | undefined
  /** What each batch norm adds to the variance, by the path of the layer. */
  eps: ReadonlyMap<string, number>
}

/** `layer1.0.conv1.weight` → `layer1.0.conv1` */
export const layerOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf('.')))

/** Of a module that is there. */
export function shapesOf(model: AnyModule): ModelShapes {
  const byLayer = new Map<string, [name: string, shape: Shape][]>()
  for (const [name, { shape }] of [...model.namedParameters(), ...model.namedBuffers()]) {
    const layer = layerOf(name)
    byLayer.set(layer, [...(byLayer.get(layer) ?? []), [name, shape]])
  }
  const paths = Array.from(model.namedModules(), ([path]) => path)
  const shapes = new Map(paths.flatMap((path) => byLayer.get(path) ?? []))
  const eps = new Map<string, number>()
  let head: string | undefined
  for (const [path, module] of model.namedModules()) {
    if (module instanceof Linear) head = path
    if (module instanceof BatchNorm1d || module instanceof BatchNorm2d) eps.set(path, module.eps)
  }
  return { shapes, head, eps }
}

const meta = new MetaBackend()
const known = new Map<string, ModelShapes>()

/** Of a registered network: takes a few milliseconds the first time, and no memory for its numbers. */
export function modelShapes(name: string, options: ModelOptions): ModelShapes {
  const key = JSON.stringify([name, options])
  const shapes = known.get(key) ?? withBackend(meta, () => shapesOf(createModel(name, { ...options, seed: 0 })))
  known.set(key, shapes)
  return shapes
}
