import * as F from '../../src/autograd/functional.js'
import { withBackend } from '../../src/tensor/backend.js'
import { tensor } from '../../src/tensor/create.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import type { Tensor } from '../../src/tensor/tensor.js'

export interface BatchNormValues {
  x: number[]
  xHat: number[]
  dy: number[]
  /** What comes straight through, what comes through the mean, what comes through the variance. */
  paths: [number[], number[], number[]]
  /** Of the library's operation. */
  dx: number[]
}

const eps = 1e-5

/** The gradient of batch norm, by each of its three paths: the other two are cut by `detach`. */
export const computeBatchNorm = ({ last, push }: { last: number; push: number }): BatchNormValues =>
  withBackend(new ReferenceBackend('float64'), () => {
    const numbers = [2, 4, 4, 6, 9, last]
    const dy = [0, 0, 0, 1, push, 0]
    const leaf = () => tensor(numbers, { requiresGrad: true })
    const gradient = (of: (x: Tensor) => Tensor): number[] => {
      const x = leaf()
      of(x).backward(tensor(dy))
      return Array.from(x.grad!.values)
    }
    const centred = (x: Tensor) => x.sub(x.mean())
    const scale = (x: Tensor) => centred(x).square().mean().add(eps).pow(-0.5)
    const paths: BatchNormValues['paths'] = [
      gradient((x) => x.sub(x.detach().mean()).mul(scale(x.detach()))),
      gradient((x) => x.detach().sub(x.mean()).mul(scale(x.detach()))),
      gradient((x) => centred(x.detach()).mul(scale(x))),
    ]
    const column = (x: Tensor) => F.batchNorm(x.reshape([6, 1]), { training: true, eps }).reshape([6])
    return { x: numbers, xHat: Array.from(column(leaf()).values), dy, paths, dx: gradient(column) }
  })
