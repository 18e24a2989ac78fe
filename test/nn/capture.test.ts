import { describe, expect, test } from 'vitest'
import * as F from '../../src/autograd/functional.js'
import { BatchNorm2d, Conv2d, captureOutputs, Module, ReLU, Sequential } from '../../src/nn/index.js'
import { setBackend } from '../../src/tensor/backend.js'
import { arange } from '../../src/tensor/create.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import type { Tensor } from '../../src/tensor/tensor.js'

setBackend(new ReferenceBackend())

class Doubling extends Module {
  forward(x: Tensor): Tensor {
    return F.mul(x, 2)
  }
}

class Twice extends Module {
  readonly inner = new Doubling()
  readonly unused = new Doubling()

  forward(x: Tensor): Tensor {
    return F.add(this.inner.call(this.inner.call(x)), 1)
  }
}

const input = () => F.reshape(arange(4), [1, 1, 2, 2])

describe('captureOutputs', () => {
  test('gives outputs by path, in the order asked for; of several runs the last', () => {
    const [whole, inner] = captureOutputs(new Twice(), input(), ['', 'inner'])
    expect(whole).toEqual({ shape: [1, 1, 2, 2], data: Float32Array.of(1, 5, 9, 13) })
    expect(inner!.data).toEqual(Float32Array.of(0, 4, 8, 12))
  })

  test('runs in evaluation mode and leaves modes, statistics and hooks as they were', () => {
    const bn = new BatchNorm2d(1)
    const model = new Sequential(new Conv2d(1, 1, 1), bn, new ReLU())
    model[0]!.eval()
    const calls: string[] = []
    model.onForward((path) => calls.push(path))
    captureOutputs(model, input(), ['1'])
    expect([model.training, model[0]!.training, bn.training]).toEqual([true, false, true])
    expect(bn.numBatchesTracked!.value).toBe(0)
    expect(calls).toEqual(['0', '1', ''])
  })

  test('the output of a batch norm has the relu that runs with it', () => {
    const model = new Sequential(new BatchNorm2d(1), new ReLU())
    const [output] = captureOutputs(model, F.sub(input(), 2), ['0'])
    expect([...output!.data].map((v) => Math.round(v))).toEqual([0, 0, 0, 1])
  })

  test('refuses a path of no module, and of one that did not run', () => {
    for (const path of ['outer', 'unused']) {
      expect(() => captureOutputs(new Twice(), input(), [path])).toThrow(
        `captureOutputs: expected the path of a module that runs, got "${path}"; there are inner`,
      )
    }
  })
})
