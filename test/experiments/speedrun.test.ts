import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readSpeedrun, runSpeedrun, speedrunConfig, speedrunRow, speedrunRows } from '../../src/experiments/speedrun.js'
import { readCheckpoint } from '../../src/train/checkpointFile.js'
import { objectLayer } from '../../src/train/readConfig.js'
import { temporaryFolders } from '../train/support.js'

const newFolder = temporaryFolders()

const tiny = objectLayer(
  { data: 'cifar10-sample', channels: [8, 8, 8], epochs: 3, batchSize: 50, accumulate: 2, threads: 1 },
  'test',
)
const foldersIn = (root: string) => ({ runs: join(root, 'runs'), results: join(root, 'results') })

it('has a recipe for each row', () => {
  for (const row of speedrunRows) expect(speedrunConfig({ row, seed: 3 }).seed).toBe(3)
  expect(() => speedrunRow('speednet-99')).toThrow('unknown recipe "speednet-99"; known: speednet-90, speednet,')
})

it('trains a recipe to a result, interrupted or not to the same bits, with the first convolution fixed', async () => {
  const job = { row: speedrunRow('speednet'), seed: 1 }
  const [whole, broken] = [foldersIn(newFolder()), foldersIn(newFolder())]
  expect(await runSpeedrun(job, { folders: whole, changes: tiny })).toBe('done')
  const stopAt = (step: number) =>
    runSpeedrun(job, {
      folders: broken,
      changes: tiny,
      train: (run) => {
        const stop = new AbortController()
        return run.train({ onStep: (event) => void (event.step === step && stop.abort()) }, stop.signal)
      },
    })
  expect(await stopAt(3)).toBe('interrupted')
  const first = readCheckpoint(join(broken.runs, 'speedrun', 'speednet-seed1', 'checkpoint.safetensors')).model
  expect(await runSpeedrun(job, { folders: broken, changes: tiny })).toBe('done')

  const files = [whole, broken].map(({ runs }) => join(runs, 'speedrun', 'speednet-seed1', 'model.safetensors'))
  expect(Buffer.compare(readFileSync(files[0]!), readFileSync(files[1]!))).toBe(0)
  const [a, b] = [whole, broken].map((folders) => readSpeedrun(folders, job, tiny)!)
  expect([a!.accuracy, a!.augmented]).toEqual([b!.accuracy, b!.augmented])
  const last = readCheckpoint(join(broken.runs, 'speedrun', 'speednet-seed1', 'checkpoint.safetensors')).model
  expect(last['conv1.weight']).toEqual(first['conv1.weight'])
  expect(last['conv1.bias']).not.toEqual(first['conv1.bias'])
  const { data } = last['conv1.weight']!
  expect([...data.subarray(144)]).toEqual([...data.subarray(0, 144)].map((x) => -x))
})

it('refuses a result of another configuration', async () => {
  const job = { row: speedrunRow('ghost-speednet'), seed: 0 }
  const folders = foldersIn(newFolder())
  const once = objectLayer({ ...tiny.values, epochs: 1 }, 'test')
  await runSpeedrun(job, { folders, changes: once })
  expect(() => readSpeedrun(folders, job, tiny)).toThrow('epochs is 1, expected 3')
})
