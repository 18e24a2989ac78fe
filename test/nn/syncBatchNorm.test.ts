/** Batch norm over processes, without any: each part is run again and again, until all that the others would add is known. */
import { describe, expect, it } from 'vitest'
import { backward } from '../../src/autograd/backward.js'
import * as F from '../../src/autograd/functional.js'
import { BatchNorm2d, syncBatchNorm } from '../../src/nn/batchNorm.js'
import type { AllReduce } from '../../src/tensor/backend.js'
import { tensor } from '../../src/tensor/create.js'
import { Generator } from '../../src/tensor/random.js'
import { onEachBackend } from '../support/backends.js'

const [channels, height, width] = [5, 3, 4]
const plane = channels * height * width

interface Part {
  /** Images. */
  count: number
  x: Float32Array
  residual: Float32Array
  /** ∂loss/∂y, where the loss is the mean over the part's images. */
  dy: Float32Array
}

/** `count` random images; a channel lies far from 0. */
function randomPart(count: number, seed: number): Part {
  const generator = new Generator(seed)
  const values = (scale: number, shift = 0) =>
    Float32Array.from(
      { length: count * plane },
      (_, i) => shift * (Math.floor(i / (height * width)) % channels) + scale * generator.normal(),
    )
  return { count, x: values(2, 30), residual: values(1), dy: values(1 / count) }
}

/** The parts one behind the other, with the gradient of the mean over all. */
function joined(parts: readonly Part[]): Part {
  const count = parts.reduce((sum, part) => sum + part.count, 0)
  const join = (pick: (part: Part) => Float32Array) => Float32Array.from(parts.flatMap((part) => [...pick(part)]))
  return {
    count,
    x: join(({ x }) => x),
    residual: join(({ residual }) => residual),
    dy: join((part) => part.dy.map((v) => (v * part.count) / count)),
  }
}

function run({ count, x, residual, dy }: Part, epilogue: { relu: boolean; residual: boolean }, sync: AllReduce | null) {
  const bn = new BatchNorm2d(channels)
  bn.weight!.set([1, 0.5, -2, 3, 1])
  bn.bias!.set([0, 1, -1, 0.5, 0])
  syncBatchNorm(bn, sync)
  const shape = [count, channels, height, width]
  const [input, added] = [x, residual].map((values) => tensor(values, shape, { requiresGrad: true }))
  const y = bn.call(input!, { relu: epilogue.relu, ...(epilogue.residual ? { residual: added! } : {}) })
  backward(F.sum(F.mul(y, tensor(dy, shape))))
  const of = (t: { data: Float32Array } | null) => [...(t?.data ?? [])]
  return {
    y: of(y),
    dx: of(input!.grad),
    dResidual: of(added!.grad),
    dWeight: of(bn.weight!.grad),
    dBias: of(bn.bias!.grad),
    runningMean: of(bn.runningMean),
    runningVar: of(bn.runningVar),
  }
}

/** What each part gives when the others are there: round k knows the first k sums, and learns the next. */
function together(parts: readonly Part[], epilogue: { relu: boolean; residual: boolean }) {
  const known: Float64Array[] = []
  for (;;) {
    const next: Float64Array[] = []
    const results = parts.map((part) => {
      let call = 0
      return run(part, epilogue, (values) => {
        const sums = known[call]
        if (call === known.length) next.push(values.slice())
        if (sums) values.set(sums)
        call++
      })
    })
    if (next.length === 0) return results
    known.push(next[0]!.map((_, i) => next.reduce((sum, values) => sum + values[i]!, 0)))
  }
}

function expectClose(actual: readonly number[], expected: readonly number[], tolerance: number, what: string): void {
  expect(actual.length, what).toBe(expected.length)
  const scale = Math.max(...expected.map(Math.abs), 1e-3)
  const worst = Math.max(...actual.map((v, i) => Math.abs(v - expected[i]!)))
  expect(worst / scale, what).toBeLessThan(tolerance)
}

onEachBackend(() => {
  describe.each([
    { relu: false, residual: false },
    { relu: true, residual: false },
    { relu: true, residual: true },
    { relu: false, residual: true },
  ])('%o', (epilogue) => {
    it.each([[[6, 6]], [[7, 3, 20]]])(
      'of parts of %o images is that of the whole batch, gradients included',
      (counts) => {
        const parts = counts.map((count, i) => randomPart(count, i))
        const whole = run(joined(parts), epilogue, null)
        const results = together(parts, epilogue)
        const total = counts.reduce((a, b) => a + b)
        for (const name of ['y', 'dx', 'dResidual'] as const) {
          // A process's gradients are those of its own mean.
          const each = results.map((result, i) =>
            result[name].map((v) => (name === 'y' ? v : (v * counts[i]!) / total)),
          )
          expectClose(each.flat(), whole[name], 2e-5, name)
        }
        for (const [i, result] of results.entries()) {
          for (const name of ['dWeight', 'dBias', 'runningMean', 'runningVar'] as const) {
            expectClose(result[name], whole[name], 2e-5, `${name} of part ${i}`)
          }
        }
      },
    )
  })

  it('without the others is another thing', () => {
    const parts = [6, 6].map(randomPart)
    const epilogue = { relu: false, residual: false }
    const whole = run(joined(parts), epilogue, null)
    expect(() => expectClose(run(parts[0]!, epilogue, null).runningVar, whole.runningVar, 2e-5, 'running')).toThrow()
  })
})
