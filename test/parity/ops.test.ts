/** Every operation and its gradients against the values that PyTorch computed in float64. */
import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { getBackend } from '../../src/tensor/backend.js'
import { tensor } from '../../src/tensor/create.js'
import { scope } from '../../src/tensor/tensor.js'
import '../../src/autograd/methods.js'
import '../support/allClose.js'
import type { Tolerance } from '../support/allClose.js'
import { onEachBackend } from '../support/backends.js'
import { fixture, type OpCase } from '../support/fixtures.js'
import { fnv1a, hashTensor } from '../support/hashTensor.js'
import { runOp } from '../support/runOp.js'

/** The stored values have seven digits; in float64 nothing but their rounding is allowed. */
const sevenDigits: Tolerance = { relative: 6e-7, absolute: 1e-12 }

/** In float32, sums of up to a few hundred products of numbers in [−1, 1). */
const single: Tolerance = { relative: 2e-6, absolute: 1e-6 }

/** Winograd's transforms add and subtract numbers much larger than the result: one digit less. */
const winograd: Tolerance = { absolute: 4e-5 }

/** The fast backend's 3×3 convolutions of stride 1 over all channels, and both their gradients, are Winograd's. */
function takesWinograd({ op, inputs, options: { stride, dilation, groups } }: OpCase): boolean {
  const kernel = inputs[1]?.shape.slice(2).join()
  return (
    getBackend().name === 'wasm' && op === 'conv2d' && kernel === '3,3' && [stride, dilation, groups].join() === '1,1,1'
  )
}

function check(stored: OpCase): void {
  const { op, inputs, buffers = [], options, shape } = stored
  const execute = runOp[op]
  if (!execute) throw new Error(`no function here runs the stored operation ${op}`)
  const xs = inputs.map((input) => tensor(hashTensor(input), input.shape, { requiresGrad: true }))
  const statistics = buffers.map((buffer) => tensor(hashTensor(buffer), buffer.shape))
  const tolerance = getBackend().dtype === 'float64' ? sevenDigits : single
  const sums = takesWinograd(stored) ? winograd : tolerance

  const y = execute(xs, options, statistics)
  expect(y.shape).toEqual(shape)
  expect(y).toBeAllClose(stored.output, { ...sums, what: 'output' })

  y.backward(tensor(hashTensor({ name: 'dout', shape }), shape))
  inputs.forEach((input, i) => {
    const gradient = xs[i]!.grad!
    expect(gradient.shape).toEqual(input.shape)
    const what = `gradient of ${input.name}`
    expect(gradient).toBeAllClose(stored.grads[i]!, { ...(i < 2 ? sums : tolerance), what })
  })
  for (const [i, what] of (['runningMean', 'runningVar'] as const).entries()) {
    const after = stored[what]
    if (after) expect(statistics[i]).toBeAllClose(after, { ...tolerance, what })
  }
}

const families = readdirSync(new URL('../fixtures', import.meta.url))
  .filter((file) => /^ops-.*\.json$/.test(file))
  .map((file) => file.replace('.json', ''))

test('numbers from names are those that the fixtures were made with', () => {
  interface HashCase {
    name: string
    shape: number[]
    seed: number
    v: number[]
    last: number
  }
  for (const { name, shape, seed, v, last } of fixture<{ cases: HashCase[] }>('hash').cases) {
    expect(fnv1a(name)).toBe(seed)
    const values = Array.from(hashTensor({ name, shape }))
    expect(values.slice(0, 6)).toEqual(v)
    expect(values.at(-1)).toBe(last)
  }
})

test('every stored family is found', () => {
  expect(families.length).toBeGreaterThanOrEqual(14)
})

onEachBackend(() => {
  for (const family of families) {
    describe(family, () => {
      test.each(fixture<{ cases: OpCase[] }>(family).cases)('$name', (stored) => scope(() => check(stored)))
    })
  }
})
