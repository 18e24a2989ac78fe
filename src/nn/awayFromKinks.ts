import type { Generator } from '../tensor/random.js'
import { BatchNorm2d } from './batchNorm.js'
import type { AnyModule } from './module.js'
import { SqueezeExcite } from './squeezeExcite.js'

/**
 * Keep what enters each relu at least 0.5 from 0: batch norms with weights of at most 0.1 and biases of about ±1 in turn (a normalized
 * value of m is at most √m, here below 5), and in a squeeze-and-excitation biases of ±3, and gates between −3 and 3.
 */
export function awayFromKinks<M extends AnyModule>(module: M, generator: Generator): M {
  for (const [, inner] of module.namedModules()) {
    if (inner instanceof BatchNorm2d) {
      inner.weight!.set(inner.weight!.values.map(() => 0.05 + 0.05 * generator.uniform()))
      inner.bias!.set(inner.bias!.values.map((_, i) => (i % 2 === 0 ? 1 : -1) * (1 + 0.5 * generator.uniform())))
    }
    if (inner instanceof SqueezeExcite) {
      inner.convReduce.bias!.set(inner.convReduce.bias!.values.map((_, i) => (i % 2 === 0 ? 3 : -3)))
      inner.convExpand.weight.set(inner.convExpand.weight.values.map((v) => 0.3 * v))
    }
  }
  return module
}
