import * as F from '../../src/autograd/functional.js'
import { cosine } from '../../src/optim/schedule.js'
import { SGD } from '../../src/optim/sgd.js'
import { withBackend } from '../../src/tensor/backend.js'
import { tensor } from '../../src/tensor/create.js'
import { Generator } from '../../src/tensor/random.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import { scope, type Tensor } from '../../src/tensor/tensor.js'
import { moons } from './boundary.values.js'

export interface DescentValues {
  side: number
  /** Weights from −reach to reach, both. */
  reach: number
  /** The loss of all points, (side, side): rows are the second weight, from above. */
  losses: number[]
  /** Where the weights were after each step, the loss of all points, and the learning rate. */
  path: { at: [number, number]; loss: number; lr: number }[]
}

const side = 36
const reach = 12
const steps = 80

/** A neuron with two weights tells the moons apart as well as it can: its loss at every pair of weights, and the way that SGD takes. */
export const computeDescent = (parameters: {
  lr: number
  momentum: number
  schedule: string
  batch: number
}): DescentValues =>
  withBackend(new ReferenceBackend('float64'), () => {
    const { lr, momentum, schedule, batch } = parameters
    const points = moons(80)
    // The second coordinate is stretched, so that the surface is steeper one way than the other.
    const inputs = points.map(({ at: [x, y] }) => [x, 3 * y])
    const signs = points.map(({ label }) => 2 * label - 1)
    /** Mean of log(1 + exp(−sign · score)), a column for each pair of weights. */
    const lossOf = (weights: Tensor, chosen: readonly number[]): Tensor => {
      const x = tensor(chosen.map((i) => inputs[i]!))
      const sign = tensor(chosen.map((i) => [-signs[i]!]))
      return x.matmul(weights).mul(sign).exp().add(1).log().mean(0)
    }
    const all = points.map((_, i) => i)
    const weightAt = (i: number): number => 2 * reach * ((i + 0.5) / side - 0.5)
    const pairs = Array.from({ length: side * side }, (_, i) => [weightAt(i % side), -weightAt(Math.floor(i / side))])
    const losses = scope(() => Array.from(lossOf(tensor(pairs).transpose(0, 1), all).values))

    const weights = tensor([[-5], [5]], { requiresGrad: true })
    const optimizer = new SGD([['weights', weights]], { lr, momentum })
    const rate = schedule === 'cosine' ? cosine({ lr, steps }) : () => lr
    const generator = new Generator(2)
    const path: DescentValues['path'] = []
    for (let step = 0; step <= steps; step++) {
      scope(() => {
        const [x, y] = Array.from(weights.values) as [number, number]
        optimizer.lr = rate(step)
        path.push({ at: [x, y], loss: lossOf(weights, all).item(), lr: optimizer.lr })
        const chosen = batch === 80 ? all : Array.from({ length: batch }, () => generator.integer(80))
        F.sum(lossOf(weights, chosen)).backward()
        optimizer.step()
        optimizer.zeroGrad()
      })
    }
    return { side, reach, losses, path }
  })
