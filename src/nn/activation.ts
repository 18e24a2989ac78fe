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

/** x where x > 0, else negativeSlope · x  (Maas et al. 2013) */
export class LeakyReLU extends Module {
  readonly negativeSlope: number

  /** @param options `negativeSlope`: default 0.01 */
  constructor({ negativeSlope = 0.01 }: F.LeakyReLUOptions = {}) {
    super()
    this.negativeSlope = negativeSlope
  }

  forward(x: Tensor): Tensor {
    return F.leakyRelu(x, this)
  }
}

/** x where x > 0, else α · (eˣ − 1)  (Clevert et al. 2016, https://arxiv.org/abs/1511.07289) */
export class ELU extends Module {
  readonly alpha: number

  /** @param options `alpha`: default 1 */
  constructor({ alpha = 1 }: F.ELUOptions = {}) {
    super()
    this.alpha = alpha
  }

  forward(x: Tensor): Tensor {
    return F.elu(x, this)
  }
}

/** ln(1 + e^(β · x)) / β, or x where β · x > threshold */
export class Softplus extends Module {
  readonly beta: number
  readonly threshold: number

  /** @param options `beta`: default 1; `threshold`: default 20 */
  constructor({ beta = 1, threshold = 20 }: F.SoftplusOptions = {}) {
    super()
    this.beta = beta
    this.threshold = threshold
  }

  forward(x: Tensor): Tensor {
    return F.softplus(x, this)
  }
}
