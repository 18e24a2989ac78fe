import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { beforeAll, expect, it } from 'vitest'
import { DataLoader } from '../../src/data/loader.js'
import { setBackend } from '../../src/tensor/backend.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'
import { evaluate } from '../../src/train/evaluate.js'
import { objectLayer, readConfig } from '../../src/train/readConfig.js'
import { startRun } from '../../src/train/startRun.js'
import { loadModel } from '../../src/train/trained/openTrained.js'
import { openTrainedData } from '../../src/train/trained/trainedData.js'
import { temporaryFolders } from '../train/support.js'
import { ask, servers } from './support.js'

const newFolder = temporaryFolders()
const start = servers()

beforeAll(() => setBackend(new WasmBackend({ threads: 1 })))

/** Images of noise around two colours. */
async function makePhotos(folder: string): Promise<void> {
  for (const [name, base] of [
    ['dark', 60],
    ['light', 190],
  ] as const) {
    mkdirSync(join(folder, name), { recursive: true })
    for (let i = 0; i < 12; i++) {
      const data = Uint8Array.from({ length: 3 * 20 * 20 }, (_, p) => base + ((p * (i + 3)) % 61))
      const raw = { width: 20, height: 20, channels: 3 } as const
      await sharp(data, { raw })
        .png()
        .toFile(join(folder, name, `${i}.png`))
    }
  }
}

it('a run on own images is evaluated on the images that it was tested on, at their size', async () => {
  const root = newFolder()
  await makePhotos(join(root, 'photos'))
  const data = join(root, 'photos')
  const settings = {
    model: 'resnet20',
    data,
    imageSize: 40,
    testShare: 0.25,
    splitSeed: 3,
    epochs: 1,
    batchSize: 8,
    threads: 1,
  }
  const cache = { dataDir: join(root, 'cache') }
  const folder = join(root, 'runs', 'own')
  const run = await startRun(readConfig(objectLayer({ ...settings, ...cache, out: folder }, 'test')))
  await run.train()
  await run.close()

  const trained = loadModel(folder)
  const { test } = await openTrainedData(trained, objectLayer(cache, 'test'))
  expect([test.count, test.height]).toEqual([6, 40])
  const loader = new DataLoader(test, { batchSize: 100, worker: false })
  const expected = await evaluate(trained.model, loader)
  const port = await start(join(root, 'runs'))
  const { status, text } = await ask(port, '/api/evaluation?run=own')
  expect(status, text).toBe(200)
  expect(JSON.parse(text)).toMatchObject({ images: 6, classes: ['dark', 'light'], accuracy: expected.accuracy })
  expect(JSON.parse(text).loss).toBeCloseTo(expected.loss, 5)
}, 60_000)
