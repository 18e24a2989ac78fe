import * as F from '../autograd/functional.js'
import type { Tensor } from '../tensor/tensor.js'
import { Module } from './module.js'

/** max(0, x) */
export class ReLU extends Module {
  forward(x: Tensor): Tensor {
    return F.relu(x)
  }
}

/** min(max(0, x), 6) */
export class ReLU6 extends Module {
  forward(x: Tensor): Tensor {
    return F.relu6(x)
  }
}

/** 1 / (1 + exp(−x)) */
export class Sigmoid extends Module {
  forward(x: Tensor): Tensor {
    return F.sigmoid(x)
  }
}

/** x / (1 + exp(−x)), also called swish  (Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415) */
export class SiLU extends Module {
  forward(x: Tensor): Tensor {
    return F.silu(x)
  }
}

/** x · Φ(x), Φ the distribution function of the normal distribution, or its approximation by tanh  (as SiLU) */
export class GELU extends Module {
  readonly approximate: 'none' | 'tanh'

  constructor({ approximate = 'none' }: F.GELUOptions = {}) {
    super()
    this.approximate = approximate
  }

  forward(x: Tensor): Tensor {
    return F.gelu(x, { approximate: this.approximate })
  }
}

/** relu6(x + 3) / 6 */
export class HardSigmoid extends Module {
  forward(x: Tensor): Tensor {
    return F.hardSigmoid(x)
  }
}

/** x · relu6(x + 3) / 6  (Howard et al. 2019, https://arxiv.org/abs/1905.02244) */
export class HardSwish extends Module {
  forward(x: Tensor): Tensor {
    return F.hardSwish(x)
  }
}
