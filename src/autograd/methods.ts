/**
 * Attaches the operations to `Tensor`, so that `x.mul(y).sum().backward()` reads as it does in PyTorch. The tensor class
 * itself lies below autograd and knows none of them.
 */
import { Tensor } from '../tensor/tensor.js'
import { type BackwardOptions, backward, retainGrad } from './backward.js'
import * as F from './functional.js'
import { type GradientHook, type RemovableHandle, registerHook } from './hooks.js'

const methods = {
  add: F.add,
  sub: F.sub,
  mul: F.mul,
  div: F.div,
  neg: F.neg,
  pow: F.pow,
  clamp: F.clamp,
  greater: F.greater,
  maximum: F.maximum,
  minimum: F.minimum,
  where: (x: Tensor, condition: Tensor, other: Tensor | number) => F.where(condition, x, other),
  exp: F.exp,
  log: F.log,
  sqrt: F.sqrt,
  abs: F.abs,
  square: F.square,
  relu: F.relu,
  sigmoid: F.sigmoid,
  tanh: F.tanh,
  softmax: F.softmax,
  logSoftmax: F.logSoftmax,
  matmul: F.matmul,
  sum: F.sum,
  mean: F.mean,
  max: F.max,
  var: F.var,
  std: F.std,
  logSumExp: F.logSumExp,
  reshape: F.reshape,
  flatten: F.flatten,
  permute: F.permute,
  transpose: F.transpose,
  expand: F.expand,
  squeeze: F.squeeze,
  unsqueeze: F.unsqueeze,
  split: F.split,
  gather: F.gather,
  indexSelect: F.indexSelect,
  slice: F.slice,
  pad: F.pad,
  retainGrad,
}

type Methods = {
  [K in keyof typeof methods]: (typeof methods)[K] extends (x: Tensor, ...rest: infer Rest) => infer Result
    ? (...rest: Rest) => Result
    : never
}

declare module '../tensor/tensor.js' {
  interface Tensor extends Methods {
    /** Compute the gradient of this tensor by every leaf it depends on; see `backward`. */
    backward(gradient?: Tensor, options?: BackwardOptions): void
    /** Have `hook` called with the gradient of this tensor in each `backward()`; what it returns takes the gradient's place. */
    registerHook(hook: GradientHook): RemovableHandle
  }
}

for (const [name, operation] of Object.entries(methods)) {
  Object.defineProperty(Tensor.prototype, name, {
    value(this: Tensor, ...rest: unknown[]) {
      return (operation as (x: Tensor, ...rest: unknown[]) => unknown)(this, ...rest)
    },
  })
}

Object.defineProperty(Tensor.prototype, 'backward', {
  value(this: Tensor, gradient?: Tensor, options?: BackwardOptions) {
    backward(this, gradient, options)
  },
})

Object.defineProperty(Tensor.prototype, 'registerHook', {
  value(this: Tensor, hook: GradientHook) {
    return registerHook(this, hook)
  },
})
