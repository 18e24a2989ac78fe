/**
 * Batches that lie in several blocks of lanes: everything that moves numbers or works on planes, against the reference backend.
 */
import { afterAll, describe, expect, test } from 'vitest'
import type { Backend } from '../../src/tensor/backend.js'
import type { NdArray } from '../../src/tensor/ndarray.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import { type Shape, sizeOf } from '../../src/tensor/shape.js'
import { lanesFor } from '../../src/tensor/wasm/lanes.js'
import type { WasmArray } from '../../src/tensor/wasm/wasmArray.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'
import { randomValues } from './kit.js'

const wasm = new WasmBackend({ threads: 2 })
const reference = new ReferenceBackend('float32')
afterAll(() => wasm.close())

/** An activation as a kernel leaves it: on the fast backend in lanes. */
const activation = (backend: Backend, shape: Shape, seed: number): NdArray =>
  backend.unary('relu', inLanes(backend, backend.fromValues(randomValues(sizeOf(shape), seed, 1, 0.5), shape)))

/** A 1×1 convolution by one is the identity, and its result lies in lanes. */
function inLanes(backend: Backend, x: NdArray): NdArray {
  const [N, C, H, W] = x.shape as [number, number, number, number]
  const ones = backend.fromValues(new Float32Array(C).fill(1), [C, 1, 1, 1])
  const spec = { stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: C } as const
  const y = backend.conv2d(x, ones, null, spec)
  if (backend === wasm) expect((y as WasmArray).layout).toBe('lanes')
  return backend.reshape(y, [N, C, H, W])
}

function agree(what: (backend: Backend) => NdArray): void {
  const [ours, theirs] = [what(wasm), what(reference)]
  expect(ours.shape).toEqual(theirs.shape)
  const [a, b] = [wasm.read(ours), reference.read(theirs)]
  const most = Math.max(1e-3, ...Array.from(b, Math.abs))
  a.forEach((value, i) => {
    if (!(Math.abs(value - b[i]!) <= 2e-6 * most)) expect.fail(`at ${i}: ${value} instead of ${b[i]}`)
  })
}

const unit = [1, 1, 1, 1]

describe.each([32, 36, 40, 48, 56, 100])('a batch of %i', (N) => {
  const shape = [N, 6, 5, 4]
  const x = (backend: Backend) => activation(backend, shape, N)
  const y = (backend: Backend) => activation(backend, shape, N + 1)

  test('lies in several blocks', () => {
    const { blocks, lanes } = lanesFor(N, 4)
    expect(blocks).toBeGreaterThan(1)
    expect(blocks * lanes).toBe(N)
    expect(lanes % 4).toBe(0)
  })

  test('in and out', () => agree((b) => b.fromValues(randomValues(sizeOf(shape), 3), shape)))
  test('read in rows', () => agree(x))

  test('reshape: channels kept, channels joined with places, flat', () => {
    agree((b) => b.reshape(x(b), [N, 6, 20]))
    agree((b) => b.reshape(x(b), [N, 3, 2, 20]))
    agree((b) => b.reshape(x(b), [N, 120]))
    agree((b) => b.reshape(x(b), [2, (N / 2) * 120]))
  })

  test('slice: channels, places with steps, images', () => {
    agree((b) => b.slice(x(b), [0, 2, 0, 0], [N, 3, 5, 4], unit))
    agree((b) => b.slice(x(b), [0, 0, 1, 0], [N, 6, 2, 2], [1, 1, 2, 2]))
    agree((b) => b.slice(x(b), [3, 1, 1, 1], [N - 7, 2, 2, 2], unit))
    agree((b) => b.slice(x(b), [1, 0, 0, 0], [N / 2 - 1, 6, 5, 4], [2, 1, 1, 1]))
  })

  test('embed: the adjoint of slice', () => {
    agree((b) => b.embed(x(b), [N, 9, 5, 4], [0, 2, 0, 0], unit, 0))
    agree((b) => b.embed(x(b), [N, 6, 11, 8], [0, 0, 1, 0], [1, 1, 2, 2], 0))
    agree((b) => b.embed(x(b), [N, 6, 7, 4], [0, 0, 1, 0], unit, 2))
  })

  test.each([0, 1, 2, 3])('concat along axis %i', (axis) => agree((b) => b.concat([x(b), y(b), x(b)], axis)))

  test('concat of what adjoins is the memory itself', () => {
    const parts = wasm.adjoining(shape, [2, 4])
    parts.forEach((part, i) => {
      const values = randomValues(part.size, i)
      wasm.write(part, values)
      expect(wasm.read(part)).toEqual(values)
    })
    const whole = wasm.concat(parts, 1)
    expect(whole.block).toBe(parts[0]!.block)
    const copied = wasm.concat(
      parts.map((part) => wasm.copy(part)),
      1,
    )
    expect(copied.block).not.toBe(parts[0]!.block)
    expect(wasm.read(whole)).toEqual(wasm.read(copied))
    expect(wasm.concat([parts[1]!, parts[0]!], 1).block).not.toBe(parts[0]!.block)
  })

  test('permute and broadcast', () => {
    agree((b) => b.permute(x(b), [1, 0, 3, 2]))
    agree((b) => b.broadcastTo(b.slice(x(b), [0, 0, 0, 0], [N, 6, 1, 1], unit), shape))
    agree((b) => b.broadcastTo(b.slice(x(b), [0, 0, 0, 0], [1, 6, 5, 4], unit), shape))
  })

  test('arithmetic with channels and with images', () => {
    const channels = (b: Backend) => b.fromValues(randomValues(6, 1), [6, 1, 1])
    agree((b) => b.binary('add', x(b), channels(b)))
    agree((b) => b.binary('mul', x(b), channels(b)))
    agree((b) => b.binary('mul', x(b), b.slice(y(b), [0, 0, 0, 0], [N, 6, 1, 1], unit)))
    agree((b) => b.binary('div', x(b), b.affine(y(b), 1, 1)))
    agree((b) => b.addRelu(b.affine(x(b), -1, 0), y(b)))
  })

  test('sums', () => {
    agree((b) => b.sum(x(b), [0, 2, 3], false))
    agree((b) => b.sum(x(b), [2, 3], true))
    agree((b) => b.sum(x(b), [0, 1, 2, 3], false))
    agree((b) => b.sum(x(b), [0], false))
  })

  test('pooling and its gradients', () => {
    const max = { kernel: [2, 3], stride: [2, 1], padding: [1, 1] } as const
    const average = { ...max, countIncludePad: false }
    agree((b) => b.maxPool2d(x(b), max).y)
    agree((b) => b.maxPool2dGrad(b.maxPool2d(x(b), max).y, b.maxPool2d(x(b), max).index, shape, max))
    agree((b) => b.avgPool2d(x(b), average))
    agree((b) => b.avgPool2dGrad(b.avgPool2d(x(b), average), shape, average))
    for (const size of [
      [1, 1],
      [2, 3],
    ] as const) {
      agree((b) => b.adaptiveAvgPool2d(x(b), size))
      agree((b) => b.adaptiveAvgPool2dGrad(b.adaptiveAvgPool2d(x(b), size), shape))
    }
  })

  test('batch norm with residual, and its gradients in place', () => {
    const [w, bias] = [randomValues(6, 8, 0.2, 1), randomValues(6, 9)]
    const forward = (b: Backend) =>
      b.batchNormTrain(x(b), b.fromValues(w, [6]), b.fromValues(bias, [6]), null, 1e-5, { residual: y(b), relu: true })
    agree((b) => forward(b).y)
    for (const mayOverwrite of [false, true]) {
      const options = { training: true, mayOverwrite }
      for (const part of ['dx', 'dResidual', 'dWeight', 'dBias'] as const) {
        agree((b) => {
          const { y: out, mean, rstd } = forward(b)
          const saved = { x: x(b), y: out, mean, rstd, weight: b.fromValues(w, [6]), bias: b.fromValues(bias, [6]) }
          return b.batchNormGrad(b.copy(y(b)), saved, { ...options, relu: true, hasResidual: true })[part]!
        })
      }
      agree((b) => {
        const { y: out, mean, rstd } = forward(b)
        const saved = { x: x(b), y: out, mean, rstd, weight: null, bias: null }
        return b.batchNormGrad(b.copy(y(b)), saved, { ...options, relu: false, hasResidual: false }).dx
      })
    }
  })

  test('linear layer', () => {
    const weight = (b: Backend) => b.fromValues(randomValues(7 * 120, 4), [7, 120])
    agree((b) => b.matmul(b.reshape(x(b), [N, 120]), weight(b), false, true))
    agree((b) =>
      b.matmul(
        b.reshape(b.slice(y(b), [0, 0, 0, 0], [N, 6, 1, 1], unit), [N, 6]),
        b.reshape(x(b), [N, 120]),
        true,
        false,
      ),
    )
  })
})
