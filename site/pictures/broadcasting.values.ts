import { withBackend } from '../../src/tensor/backend.js'
import { tensor } from '../../src/tensor/create.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'

export interface BroadcastingValues {
  x: number[][]
  b: number[]
  y: number[][]
  dy: number[][]
  db: number[]
}

/** x + b with b repeated along the rows, and what backward makes of dy. */
export const computeBroadcasting = (parameters: Record<'b0' | 'b1' | 'b2' | 'dy12', number>): BroadcastingValues =>
  withBackend(new ReferenceBackend('float64'), () => {
    const { b0, b1, b2, dy12 } = parameters
    const x = [
      [1, 2, 3],
      [4, 5, 6],
    ]
    const dy = [
      [1, 0, 2],
      [3, 5, dy12],
    ]
    const b = tensor([b0, b1, b2], { requiresGrad: true })
    const y = tensor(x).add(b)
    y.backward(tensor(dy))
    return { x, b: [b0, b1, b2], y: y.toArray() as number[][], dy, db: Array.from(b.grad!.values) }
  })
