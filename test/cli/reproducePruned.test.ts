import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { readResult } from '../../src/experiments/index.js'
import { loadWeights } from '../../src/io/weights.js'
import { temporaryFolders } from '../train/support.js'
import { ghostgrad } from './support.js'

const newFolder = temporaryFolders()
vi.setConfig({ testTimeout: 300_000 })

it('a pruned row starts from the weights of its base', async () => {
  const cwd = newFolder()
  const short = ['--epochs', '1', '--batch-size', '250', '--data', 'cifar10-sample']
  const label = 'fast+epochs=1+batchSize=250+data=cifar10-sample-seed0'
  const run = (row: string) => ghostgrad(['reproduce', '--job', `${row}-${label}`, '--threads', '1'], { cwd })
  const early = await run('l1-resnet56')
  expect(early.stderr).toContain(`l1-resnet56-${label}: needs resnet56-${label}, which is not done yet`)
  expect([(await run('resnet56')).code, (await run('l1-resnet56')).code]).toEqual([0, 0])

  const folder = (row: string) => join(cwd, 'runs', 'reproduce', `${row}-${label}`)
  const base = loadWeights(join(folder('resnet56'), 'model.safetensors'))
  const pruned = loadWeights(join(folder('l1-resnet56'), 'pruned', 'model.safetensors'))
  expect(pruned['fc.weight']!.data).toEqual(base['fc.weight']!.data)
  expect(pruned['layer1.0.conv1.weight']!.shape).toEqual([6, 16, 3, 3])
  expect(readFileSync(join(folder('l1-resnet56'), 'config.yaml'), 'utf8')).toMatch(/\ninit: .*pruned\n/)
  const { config } = readResult(join(cwd, 'results'), `l1-resnet56-${label}`)!
  expect(config).toMatchObject({ lr: 0.001, epochs: 1 })

  const { stdout } = await ghostgrad(['reproduce', 'table5', '--no-run', ...short], { cwd })
  expect(stdout).toMatch(
    /\nl1-ResNet-56 +0\.73 +0\.736 +\+0\.006 +91 +90\.9 +−0\.1 +92\.5 +\d+\.\d\d .*l1-resnet56-fast/,
  )
})
