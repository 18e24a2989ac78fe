/** Every operation and its gradients against the values that PyTorch computed in float64. */
import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as F from '../../src/autograd/functional.js'
import { getBackend } from '../../src/tensor/backend.js'
import { tensor } from '../../src/tensor/create.js'
import { scope, type Tensor } from '../../src/tensor/tensor.js'
import '../../src/autograd/methods.js'
import '../support/allClose.js'
import type { Tolerance } from '../support/allClose.js'
import { onEachBackend } from '../support/backends.js'
import { fixture, type OpCase } from '../support/fixtures.js'
import { fnv1a, hashTensor } from '../support/hashTensor.js'

type Options = OpCase['options']
type Run = (inputs: Tensor[], options: Options, buffers: Tensor[]) => Tensor

/** Batch axes that PyTorch repeats by itself are repeated with `expand` here. */
function broadcastMatmul(a: Tensor, b: Tensor): Tensor {
  const rank = Math.max(a.rank, b.rank)
  const lead = Array.from({ length: rank - 2 }, (_, i) =>
    Math.max(a.shape[i + a.rank - rank] ?? 1, b.shape[i + b.rank - rank] ?? 1),
  )
  return F.matmul(F.expand(a, [...lead, ...a.shape.slice(-2)]), F.expand(b, [...lead, ...b.shape.slice(-2)]))
}

/** Leading axes that PyTorch's linear carries along are merged into the batch and restored. */
function leadingLinear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const y = F.linear(F.reshape(x, [-1, x.shape.at(-1)!]), weight, bias)
  return F.reshape(y, [...x.shape.slice(0, -1), weight.shape[0]!])
}

/** The mean is ours; the sum and the separate losses are made of it. */
function crossEntropy(logits: Tensor, { target, labelSmoothing, reduction }: Options): Tensor {
  const [N] = logits.shape as [number]
  if (reduction === 'none') {
    const one = (n: number) => F.crossEntropy(F.slice(logits, [[n, n + 1]]), [target[n]], { labelSmoothing })
    return F.concat(Array.from({ length: N }, (_, n) => F.reshape(one(n), [1])))
  }
  const mean = F.crossEntropy(logits, target, { labelSmoothing })
  return reduction === 'sum' ? F.mul(mean, N) : mean
}

const run: Record<string, Run> = {
  add: ([a, b]) => F.add(a!, b!),
  addrelu: ([a, b]) => F.addRelu(a!, b!),
  sub: ([a, b]) => F.sub(a!, b!),
  mul: ([a, b]) => F.mul(a!, b!),
  div: ([a, b]) => F.div(a!, b!),
  pow: ([a], { exponent }) => F.pow(a!, exponent),
  neg: ([a]) => F.neg(a!),
  exp: ([a]) => F.exp(a!),
  log: ([a]) => F.log(a!),
  sqrt: ([a]) => F.sqrt(a!),
  abs: ([a]) => F.abs(a!),
  relu: ([a]) => F.relu(a!),
  relu6: ([a]) => F.relu6(a!),
  sigmoid: ([a]) => F.sigmoid(a!),
  tanh: ([a]) => F.tanh(a!),
  hardsigmoid: ([a]) => F.hardSigmoid(a!),
  hardswish: ([a]) => F.hardSwish(a!),
  silu: ([a]) => F.silu(a!),
  matmul: ([a, b]) => broadcastMatmul(a!, b!),
  linear: ([x, weight, bias]) => leadingLinear(x!, weight!, bias),
  sum: ([a], { axes, keepDim }) => F.sum(a!, axes ?? undefined, keepDim),
  mean: ([a], { axes, keepDim }) => F.mean(a!, axes ?? undefined, keepDim),
  max: ([a], { axes, keepDim }) => F.max(a!, axes ?? undefined, keepDim),
  reshape: ([a], { shape }) => F.reshape(a!, shape),
  permute: ([a], { order }) => F.permute(a!, order),
  transpose: ([a], { axis0, axis1 }) => F.transpose(a!, axis0, axis1),
  concat: (xs, { axis }) => F.concat(xs, axis),
  slice: ([a], { ranges }) => F.slice(a!, ranges),
  pad: ([a], { padding, value }) => F.pad(a!, padding, value),
  softmax: ([a], { axis }) => F.softmax(a!, axis),
  log_softmax: ([a], { axis }) => F.logSoftmax(a!, axis),
  cross_entropy: ([a], options) => crossEntropy(a!, options),
  mse_loss: ([a, b], { reduction }) => F.mul(F.mseLoss(a!, b!), reduction === 'sum' ? a!.size : 1),
  conv2d: ([x, weight, bias], options) => F.conv2d(x!, weight!, { bias: bias ?? null, ...options }),
  batch_norm: ([x, weight, bias], { training, momentum, eps }, [runningMean, runningVar]) => {
    const statistics = { runningMean: runningMean!, runningVar: runningVar! }
    return F.batchNorm(x!, { weight: weight ?? null, bias: bias ?? null, ...statistics, training, momentum, eps })
  },
  max_pool2d: ([x], { kernel, ...options }) => F.maxPool2d(x!, kernel, options),
  avg_pool2d: ([x], { kernel, ...options }) => F.avgPool2d(x!, kernel, options),
  adaptive_avg_pool2d: ([x], { size }) => F.adaptiveAvgPool2d(x!, size),
}

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
  const execute = run[op]
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
  expect(families.length).toBeGreaterThanOrEqual(13)
})

onEachBackend(() => {
  for (const family of families) {
    describe(family, () => {
      test.each(fixture<{ cases: OpCase[] }>(family).cases)('$name', (stored) => scope(() => check(stored)))
    })
  }
})
