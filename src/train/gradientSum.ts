import type { Parameter } from '../nn/parameter.js'
import { outsideScopes } from '../tensor/memory.js'
import type { NdArray } from '../tensor/ndarray.js'
import { scope } from '../tensor/tensor.js'

/** One of the batches that together make an update. */
export interface BatchPart {
  sum: GradientSum
  /** What the batch counts: its share of the update's images. */
  share: number
  isFirst: boolean
  isLast: boolean
}

/** The gradient of an update whose images come in several batches: the mean over all of them. */
export class GradientSum {
  readonly #sums = new Map<Parameter, NdArray>()
  /** Those that have had a gradient in this update. */
  readonly #present = new Set<Parameter>()

  /** Add `share` times the gradient that each parameter holds, and take it away. */
  add(parameters: readonly Parameter[], { share, isFirst }: BatchPart): void {
    if (isFirst) this.#present.clear()
    scope(() => {
      for (const p of parameters) {
        if (p.gradArray) this.#addTo(p, p.gradArray.backend.affine(p.gradArray, share, 0))
        p.zeroGrad()
      }
    })
  }

  /** Leave the sums as the parameters' gradients. */
  place(): void {
    for (const p of this.#present) p.setGrad(this.#sums.get(p)!)
  }

  #addTo(p: Parameter, gradient: NdArray): void {
    const { backend } = gradient
    const sum = this.#sums.get(p)
    if (sum && this.#present.has(p)) backend.accumulate(sum, gradient)
    else if (sum) {
      backend.scale(sum, 0)
      backend.accumulate(sum, gradient)
    } else {
      this.#sums.set(
        p,
        outsideScopes(() => backend.copy(gradient)),
      )
    }
    this.#present.add(p)
  }
}
