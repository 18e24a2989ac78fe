import * as F from '../../src/autograd/functional.js'
import { explain } from '../../src/explain/explain.js'
import { withBackend } from '../../src/tensor/backend.js'
import { randn } from '../../src/tensor/create.js'
import { Generator } from '../../src/tensor/random.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import type { Tensor } from '../../src/tensor/tensor.js'

export interface DepthValues {
  /** Of each layer: √ mean square of its numbers, and of the gradient of its weights. */
  layers: { numbers: number; gradient: number }[]
}

const rows = 32
const width = 24

const kinds: Readonly<Record<string, (x: Tensor, weight: Tensor, depth: number) => Tensor>> = {
  plain: (x, weight) => F.relu(F.linear(x, weight)),
  'batch norm': (x, weight) => F.relu(F.batchNorm(F.linear(x, weight), { training: true })),
  residual: (x, weight, depth) => F.add(x, F.mul(F.relu(F.linear(x, weight)), 1 / Math.sqrt(depth))),
  'residual and batch norm': (x, weight, depth) =>
    F.add(x, F.mul(F.relu(F.batchNorm(F.linear(x, weight), { training: true })), 1 / Math.sqrt(depth))),
}

/** A deep network before it has learned: `explain` tells how large the gradient of each layer's weights is. */
export const computeDepth = ({ kind, depth, factor }: { kind: string; depth: number; factor: number }): DepthValues =>
  withBackend(new ReferenceBackend('float64'), () => {
    const generator = new Generator(0)
    const std = factor * Math.sqrt(2 / width)
    const names: Record<string, Tensor> = {}
    const numbers: number[] = []
    let x = randn([rows, width], { generator })
    for (let layer = 0; layer < depth; layer++) {
      const weight = F.mul(randn([width, width], { generator }), std).detach()
      weight.requiresGrad = true
      names[`layer ${layer}`] = weight
      x = kinds[kind]!(x, weight, depth)
      numbers.push(Math.sqrt(F.mean(F.square(x)).item()))
    }
    const dy = randn([rows, width], { generator })
    const { leaves } = explain(F.sum(F.mul(x, dy)), { names, samples: 0 })
    const gradients = new Map(leaves.map(({ name, gradient }) => [name, (gradient?.norm ?? 0) / width]))
    return { layers: numbers.map((size, i) => ({ numbers: size, gradient: gradients.get(`layer ${i}`) ?? 0 })) }
  })
