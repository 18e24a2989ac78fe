import * as F from '../../src/autograd/functional.js'
import { noGrad } from '../../src/autograd/gradMode.js'
import { ReLU } from '../../src/nn/activation.js'
import { Linear } from '../../src/nn/linear.js'
import { Sequential } from '../../src/nn/sequential.js'
import { SGD } from '../../src/optim/sgd.js'
import { withBackend } from '../../src/tensor/backend.js'
import { tensor } from '../../src/tensor/create.js'
import { Generator } from '../../src/tensor/random.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import { scope } from '../../src/tensor/tensor.js'

export const side = 24
export const stepsBetween = 10

export interface BoundaryValues {
  points: { at: [number, number]; label: number }[]
  /** While it learned, every `stepsBetween` steps: the probability of class 1 at places of a grid, row by row, and the loss. */
  frames: { probabilities: number[]; loss: number }[]
}

/** Two moons: half circles that hold each other. */
export function moons(count: number): BoundaryValues['points'] {
  const generator = new Generator(1)
  return Array.from({ length: count }, (_, i) => {
    const label = i % 2
    const angle = Math.PI * generator.uniform()
    const noise = () => 0.09 * generator.normal()
    const [x, y] = label === 0 ? [Math.cos(angle), Math.sin(angle)] : [1 - Math.cos(angle), 0.5 - Math.sin(angle)]
    return { at: [(x - 0.5) / 1.6 + noise(), (y - 0.25) / 1.2 + noise()], label }
  })
}

/** Two linear layers with a relu between, trained on the two moons. */
export const computeBoundary = ({ hidden, lr }: { hidden: number; lr: number }): BoundaryValues =>
  withBackend(new ReferenceBackend('float64'), () => {
    const generator = new Generator(0)
    const points = moons(80)
    const model = new Sequential(new Linear(2, hidden, { generator }), new ReLU(), new Linear(hidden, 2, { generator }))
    const optimizer = new SGD(model.namedParameters(), { lr, momentum: 0.9 })
    const x = tensor(points.map(({ at }) => at))
    const labels = Int32Array.from(points, ({ label }) => label)
    const places = tensor(
      Array.from({ length: side * side }, (_, i) => [place(i % side), -place(Math.floor(i / side))]),
    )
    const frames: BoundaryValues['frames'] = []
    for (let step = 0; step <= 200; step++) {
      scope(() => {
        const loss = F.crossEntropy(model.call(x), labels)
        if (step % stepsBetween === 0) {
          const { values } = noGrad(() => F.softmax(model.call(places)))
          frames.push({
            probabilities: Array.from({ length: side * side }, (_, i) => values[2 * i + 1]!),
            loss: loss.item(),
          })
        }
        loss.backward()
        optimizer.step()
        optimizer.zeroGrad()
      })
    }
    return { points, frames }
  })

/** −1.25 … 1.25 */
const place = (i: number): number => 2.5 * ((i + 0.5) / side - 0.5)
