import { beforeAll, describe, expect, it } from 'vitest'
import { setBackend } from '../../src/tensor/backend.js'
import { Generator } from '../../src/tensor/random.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import { evaluate } from '../../src/train/evaluate.js'
import { TinyNet, tinyLoader } from './support.js'

beforeAll(() => setBackend(new ReferenceBackend()))

describe('evaluate', () => {
  it('weighs by images: a short last batch changes nothing', async () => {
    const model = new TinyNet(new Generator(0))
    const whole = await evaluate(model, tinyLoader(14, 14, 'sequential'))
    const uneven = await evaluate(model, tinyLoader(14, 4, 'sequential'))
    expect(uneven.images).toBe(14)
    expect(uneven.accuracy).toBe(whole.accuracy)
    expect(uneven.loss).toBeCloseTo(whole.loss, 6)
  })

  it('leaves the mode as it was and moves no running statistics', async () => {
    const model = new TinyNet(new Generator(0))
    const before = model.stateDict()
    await evaluate(model, tinyLoader(6, 6))
    expect(model.dropout.training).toBe(true)
    expect(model.stateDict()).toEqual(before)
    model.eval()
    await evaluate(model, tinyLoader(6, 6))
    expect(model.training).toBe(false)
  })

  it('tells how far it is, and can be stopped', async () => {
    const model = new TinyNet(new Generator(0))
    const stop = new AbortController()
    const seen: number[] = []
    const onBatch = (images: number) => {
      seen.push(images)
      if (images === 8) stop.abort()
    }
    await expect(evaluate(model, tinyLoader(14, 4), { onBatch, signal: stop.signal })).rejects.toThrow('aborted')
    expect(seen).toEqual([4, 8])
    expect(model.training).toBe(true)
  })
})
