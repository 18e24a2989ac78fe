import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createModel } from '../../src/models/registry.js'
import { setBackend } from '../../src/tensor/backend.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'
import { readRunConfig } from '../../src/train/initLayer.js'
import { objectLayer } from '../../src/train/readConfig.js'
import { resumeRun, startRun } from '../../src/train/startRun.js'
import { loadModel } from '../../src/train/trained/openTrained.js'
import { writeWeights } from '../../src/train/weights.js'
import { temporaryFolders } from './support.js'

const newFolder = temporaryFolders()

it('fine-tuning normalizes as the weights that it starts from, resumed too', async () => {
  setBackend(new WasmBackend({ threads: 1 }))
  const folder = newFolder()
  const init = join(folder, 'w.safetensors')
  const facts = { model: 'resnet20', modelOptions: '{"numClasses":3}', mean: '[0.1,0.2,0.3]', std: '[0.4,0.5,0.6]' }
  writeWeights(init, createModel('resnet20', { seed: 1, numClasses: 3 }).stateDict(), facts)
  const settings = { data: 'cifar10-sample', maxSteps: 1, batchSize: 20, threads: 1, out: join(folder, 'run') }
  const notes: string[] = []
  const run = await startRun(readRunConfig(objectLayer({ ...settings, init }, 'test')), {
    onNote: (text) => notes.push(text),
  })
  expect(run.trainer.options.trainLoader.dataset.mean).toEqual([0.1, 0.2, 0.3])
  expect(run.trainer.options.testLoader?.dataset.std).toEqual([0.4, 0.5, 0.6])
  expect(notes).toContain(`images are normalized as those of ${init}: mean 0.1,0.2,0.3, standard deviation 0.4,0.5,0.6`)
  await run.train()
  await run.close()
  expect(loadModel(join(folder, 'run')).trainedOn).toMatchObject({ mean: [0.1, 0.2, 0.3], std: [0.4, 0.5, 0.6] })

  const resumed = await resumeRun(join(folder, 'run'), objectLayer({ maxSteps: 2 }, 'test'))
  expect(resumed.trainer.options.trainLoader.dataset.mean).toEqual([0.1, 0.2, 0.3])
  await resumed.close()

  const own = objectLayer({ ...settings, out: join(folder, 'own'), init, mean: [0, 0, 0], std: [1, 1, 1] }, 'test')
  const chosen = await startRun(readRunConfig(own))
  expect(chosen.trainer.options.trainLoader.dataset.mean).toEqual([0, 0, 0])
  await chosen.close()
})
