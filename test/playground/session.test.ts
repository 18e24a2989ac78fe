import { beforeAll, expect, test } from 'vitest'
import type { Settings } from '../../playground/protocol.js'
import { oneOfEach } from '../../playground/worker/sample.js'
import { Session } from '../../playground/worker/session.js'
import type { DatasetSplits } from '../../src/data/cifar10.js'
import { loadCifar10Sample } from '../../src/data/cifar10Sample.js'
import { setBackend } from '../../src/tensor/backend.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'

const settings: Settings = { s: 3, d: 5, lr: 0.05, batchSize: 16, threads: 1 }
let data: DatasetSplits

beforeAll(async () => {
  setBackend(await WasmBackend.load({ threads: 1 }))
  data = await loadCifar10Sample()
})

test('shows the maps of a layer, intrinsic ones first, and the probabilities of the classes', () => {
  const session = new Session(data, settings)
  const [airplane] = oneOfEach(data.test)
  const { layer, maps, probabilities } = session.look(airplane!.image, 'layer2.0.conv1')
  expect(layer).toEqual({ path: 'layer2.0.conv1', s: 3, d: 5, maps: 32, intrinsic: 11, size: 16 })
  expect(maps.map(({ length }) => length)).toEqual(Array(32).fill(256))
  expect(maps.filter((map) => Math.max(...map) === 255).length).toBeGreaterThan(16)
  expect(probabilities.reduce((sum, p) => sum + p)).toBeCloseTo(1, 5)
})

test('to look, to test and to draw does not change how it learns', () => {
  const [watched, alone] = [new Session(data, settings), new Session(data, settings)]
  const [, car] = oneOfEach(data.test)
  for (let i = 0; i < 4; i++) {
    expect(watched.step().loss).toBe(alone.step().loss)
    watched.look(car!.image, 'layer1.0.conv2')
    watched.test()
    if (i === 1) {
      const { explanation, views } = watched.draw('layer1.0')
      expect(explanation.nodes.map(({ op }) => op)).toContain('conv2d')
      expect(views[0]!.svg).toMatch(/^<svg.*<\/svg>\s*$/s)
    }
  }
})

test('goes on with another batch size at the next epoch, and with another learning rate at once', () => {
  const [slow, quick] = [0, 0.1].map((lr) => {
    const session = new Session(data, settings)
    expect(session.step()).toMatchObject({ step: 1, epoch: 1, images: 16 })
    session.tune({ ...settings, batchSize: 64, lr })
    expect(session.step()).toMatchObject({ step: 2, epoch: 2, images: 64 })
    return session.test().loss
  })
  expect(slow).not.toBe(quick)
})

test('costs less than ordinary convolutions, and the less the larger s', () => {
  const [two, four] = [2, 4].map((s) => new Session(data, { ...settings, d: 3, s }).network)
  expect(two!.cost.macs).toBeLessThan(two!.plainCost.macs / 1.8)
  expect(four!.cost.macs).toBeLessThan(two!.cost.macs / 1.5)
})

test('s = 1 is the network of ordinary convolutions', () => {
  const { network } = new Session(data, { ...settings, s: 1 })
  expect(network.cost).toEqual(network.plainCost)
  expect(network.layers[0]).toEqual({ path: 'layer1.0.conv1', s: 1, d: 5, maps: 16, intrinsic: 16, size: 32 })
})
