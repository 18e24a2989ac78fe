import { join } from 'node:path'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { loadSafetensors } from '../../src/io/safetensors.js'
import { createModel } from '../../src/models/registry.js'
import { setBackend } from '../../src/tensor/backend.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import { readCheckpoint } from '../../src/train/checkpointFile.js'
import { writeWeights } from '../../src/train/weights.js'
import { temporaryFolders } from '../train/support.js'
import { ghostgrad, jsonLines } from './support.js'

vi.setConfig({ testTimeout: 180_000 })
const newFolder = temporaryFolders()
let cwd: string
const prune = ['prune', '--weights', 'base.safetensors', '--plan', 'resnet56-B', '--out', 'small', '--threads', '1']

beforeEach(() => {
  setBackend(new ReferenceBackend())
  cwd = newFolder()
  const info = { model: 'resnet56', modelOptions: '{}', data: 'cifar10-sample' }
  writeWeights(join(cwd, 'base.safetensors'), createModel('resnet56', { seed: 0 }).stateDict(), info)
})

describe('prune', () => {
  it('writes weights that eval takes and train goes on from, with nothing more said', async () => {
    const [report] = jsonLines(await ghostgrad([...prune, '--json'], { cwd }))
    expect(report).toMatchObject({ plan: 'resnet56-B', model: 'resnet56', before: { params: 853_018 } })
    expect(report!.after).toEqual({ params: 735_712, macs: 90_907_264 })
    const layers = report!.layers as { name: string; filters: number; kept: number[] }[]
    expect(layers[0]).toMatchObject({ name: 'layer1.0.conv1', filters: 16 })
    const { tensors, metadata } = loadSafetensors(join(cwd, 'small', 'model.safetensors'))
    expect(layers.map(({ kept }) => kept.length)).toEqual(JSON.parse(metadata.modelOptions!).channels)
    expect(tensors['layer1.0.conv1.weight']!.shape).toEqual([6, 16, 3, 3])

    const evaluate = async (weights: string) => {
      const outcome = await ghostgrad(['eval', '--weights', weights, '--threads', '1', '--json'], { cwd })
      return jsonLines(outcome)[0]!
    }
    expect((await evaluate('small')).images).toBe(200)

    const flags = ['--data', 'cifar10-sample', '--batch-size', '8', '--max-steps', '1', '--threads', '1']
    const trained = await ghostgrad(['train', '--init', 'small', ...flags, '--lr', '0.001', '--out', 'tuned'], { cwd })
    expect(trained.code).toBe(0)
    const { model, record } = readCheckpoint(join(cwd, 'tuned', 'checkpoint.safetensors'))
    expect(record.config).toMatchObject({ model: 'resnet56', init: 'small' })
    const change = model['fc.weight']!.data.map((w, i) => Math.abs(w - tensors['fc.weight']!.data[i]!))
    expect(Math.max(...change)).toBeGreaterThan(0)
    expect(Math.max(...change)).toBeLessThan(0.01)
    expect((await evaluate('tuned')).images).toBe(200)
  })

  it('prints what is left, and how to go on', async () => {
    const { stdout, code } = await ghostgrad(prune, { cwd })
    expect(code).toBe(0)
    expect(stdout).toMatch(/^layer +filters +kept\nlayer1\.0\.conv1 +16 +6\n/)
    expect(stdout).toContain('weights 853 k → 736 k (−13.8 %), multiply-adds 125.49 M → 90.91 M (−27.6 %)\n')
    expect(stdout).toMatch(/train it on: npx ghostgrad train --config configs\/finetune\.yaml --init small\n$/)
  })

  it('refuses before anything is written', async () => {
    const wrong = await ghostgrad([...prune, '--plan', 'vgg16-A'], { cwd })
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      'ghostgrad: plan vgg16-A is for vgg16, got weights of resnet56; known: vgg16-A (of vgg16), resnet56-B (of resnet56)\n',
    ])
    await ghostgrad(prune, { cwd })
    const again = await ghostgrad(prune, { cwd })
    expect([again.code, again.stderr]).toEqual([
      2,
      'ghostgrad: small already holds weights: choose another folder by --out\n',
    ])
  })
})
