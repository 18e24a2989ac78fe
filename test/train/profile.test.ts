import { existsSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterAll, describe, expect, test } from 'vitest'
import { createModel } from '../../src/models/registry.js'
import { summarize } from '../../src/nn/summary.js'
import { getBackend } from '../../src/tensor/backend.js'
import { measureLimits } from '../../src/tensor/wasm/limits.js'
import { WasmRuntime } from '../../src/tensor/wasm/runtime.js'
import { chromeTrace, type Profile, profileTraining } from '../../src/train/profile.js'
import { objectLayer, readConfig } from '../../src/train/readConfig.js'
import { bytesOf, describeOp, flopsOf } from '../../src/train/work.js'

const config = readConfig(
  objectLayer({ model: 'ghost-resnet20', data: 'cifar10-sample', batchSize: 20, threads: 2, seed: 1 }, 'test'),
)
const steps = 4

describe('a profile of training', async () => {
  const before = readdirSync(tmpdir())
  const profile = await profileTraining(config, steps)
  afterAll(() => getBackend().close())
  const row = (name: string, pass: string) => profile.rows.find((r) => r.name === name && r.pass === pass)!

  test('has a row for each kind of operation and pass, the longest first', () => {
    for (const pass of ['forward', 'backward'] as const) {
      expect(row('conv2d 3×3', pass).calls).toBeGreaterThan(0)
      expect(row('conv2d 3×3 depthwise', pass).gflops).toBeGreaterThan(0)
      expect(row('batchNorm', pass).gbytes).toBeGreaterThan(0)
    }
    expect(row('update of the weights', '').calls).toBe(1)
    expect(profile.rows.map(({ ms }) => ms)).toEqual(profile.rows.map(({ ms }) => ms).sort((a, b) => b - a))
  })

  test('accounts for all the time', () => {
    const { stepMs, kernelMs, hostMs, betweenMs, rows } = profile
    expect(kernelMs + hostMs + betweenMs).toBeCloseTo(stepMs, 6)
    for (const ms of [kernelMs, hostMs, betweenMs]) expect(ms).toBeGreaterThan(0)
    expect(rows.reduce((sum, { share }) => sum + share, 0)).toBeLessThanOrEqual(1)
    expect(profile.imagesPerSecond).toBeCloseTo((1000 * config.batchSize) / stepMs, 6)
  })

  test('counts the operations of products as the summary of the network does', () => {
    const flops = (pass: string): number =>
      profile.rows.filter((r) => r.pass === pass).reduce((sum, { gflops, ms }) => sum + gflops * ms * 1e6, 0)
    const { macs } = summarize(createModel('ghost-resnet20', { seed: 1 }), [3, 32, 32])
    expect(flops('forward') / (2 * config.batchSize)).toBeCloseTo(macs, -1)
    // Backward makes two products of each, but none for the gradient of the images.
    expect(flops('backward')).toBeGreaterThan(1.9 * flops('forward'))
    expect(flops('backward')).toBeLessThan(2 * flops('forward'))
  })

  test('leaves no run folder behind', () => {
    expect(
      readdirSync(tmpdir()).filter((name) => name.startsWith('ghostgrad-profile') && !before.includes(name)),
    ).toEqual([])
    expect(existsSync('runs/profile')).toBe(false)
  })

  test('as a Chrome trace: spans inside spans, with the paths of modules', () => {
    const { traceEvents } = JSON.parse(chromeTrace(profile)) as {
      traceEvents: { ph: string; cat: string; name: string; ts: number; dur: number }[]
    }
    expect(traceEvents.length).toBe(profile.spans.length)
    const [step] = traceEvents.filter(({ name }) => name === 'step')
    const inside = traceEvents.filter(({ ts, dur }) => ts >= step!.ts && ts + dur <= step!.ts + step!.dur)
    for (const category of ['phase', 'module', 'op', 'kernel']) {
      expect(
        inside.some(({ cat }) => cat === category),
        category,
      ).toBe(true)
    }
    expect(traceEvents.some(({ name }) => name === 'layer1.0.conv1 (GhostModule)')).toBe(true)
    expect(traceEvents.every(({ ph, ts, dur }) => ph === 'X' && ts >= 0 && dur >= 0)).toBe(true)
  })

  test('by shape and by kernel', async () => {
    const names = ({ rows }: Profile) => rows.map(({ name }) => name)
    expect(names(await profileTraining(config, 1, 'shape'))).toContain('conv2d 3×3 16→8 @32×32')
    expect(names(await profileTraining(config, 1, 'kernel'))).toContain('winograd4')
  })
})

describe('the work of an operation', () => {
  const options = { stride: [2, 2], padding: [1, 1], dilation: [1, 1], groups: 1 }
  const conv = {
    inputs: [
      [2, 3, 8, 8],
      [5, 3, 3, 3],
    ],
    out: [2, 5, 4, 4],
    options,
  }

  test('of a convolution, forward and with the gradients that are wanted', () => {
    const products = 2 * 2 * 5 * 16 * 27
    expect(flopsOf('conv2d', { ...conv, pass: 'forward', needs: [true, true] })).toBe(products)
    expect(flopsOf('conv2d', { ...conv, pass: 'backward', needs: [false, true] })).toBe(products)
    expect(flopsOf('conv2d', { ...conv, pass: 'backward', needs: [true, true] })).toBe(2 * products)
    expect(describeOp('conv2d', { ...conv, pass: 'forward', needs: [] })).toBe('conv2d 3×3 /2 3→5 @4×4')
  })

  test('of a matrix product and of what has none', () => {
    const matmul = {
      inputs: [
        [4, 6],
        [5, 6],
      ],
      out: [4, 5],
      options: {},
      pass: 'forward' as const,
      needs: [],
    }
    expect(flopsOf('matmul', matmul)).toBe(2 * 4 * 5 * 6)
    const relu = { inputs: [[4, 6]], out: [4, 6], options: {}, pass: 'forward' as const, needs: [] }
    expect(flopsOf('relu', relu)).toBe(0)
    expect(bytesOf(relu)).toBe(2 * 4 * 24)
    expect(bytesOf({ ...relu, pass: 'backward', needs: [true] })).toBe(3 * 4 * 24)
  })
})

test('the limits of the machine are of a sensible size', async () => {
  const rt = new WasmRuntime({ threads: 1 })
  const { gflops, gbytes } = measureLimits(rt)
  expect(gflops).toBeGreaterThan(1)
  expect(gflops).toBeLessThan(1000)
  expect(gbytes).toBeGreaterThan(0.5)
  expect(gbytes).toBeLessThan(1000)
  await rt.close()
})
