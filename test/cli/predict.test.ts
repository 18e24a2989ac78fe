import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { beforeEach, describe, expect, it } from 'vitest'
import { cifarClasses } from '../../src/data/cifarRecords.js'
import { createModel } from '../../src/models/registry.js'
import { setBackend } from '../../src/tensor/backend.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import { writeWeights } from '../../src/train/weights.js'
import { temporaryFolders } from '../train/support.js'
import { ghostgrad, jsonLines } from './support.js'

const newFolder = temporaryFolders()
let cwd: string
const weights = ['--weights', 'w.safetensors', '--threads', '1']

beforeEach(async () => {
  setBackend(new ReferenceBackend())
  cwd = newFolder()
  const info = { model: 'resnet20', modelOptions: '{}', data: 'cifar10-sample' }
  writeWeights(join(cwd, 'w.safetensors'), createModel('resnet20', { seed: 0 }).stateDict(), info)
  const red = { width: 50, height: 40, channels: 3, background: 'red' } as const
  await sharp({ create: red }).png().toFile(join(cwd, 'red.png'))
  await sharp({ create: { ...red, background: 'blue' } })
    .webp()
    .toFile(join(cwd, 'blue.webp'))
})

type Prediction = { file: string; logits: number[]; top: { class: string; probability: number }[] }

describe('predict', () => {
  it('--json prints one object an image', async () => {
    const outcome = await ghostgrad(['predict', 'red.png', 'blue.webp', ...weights, '--json'], { cwd })
    expect(outcome.code).toBe(0)
    const [red, blue] = jsonLines(outcome) as Prediction[]
    expect([red!.file, blue!.file]).toEqual(['red.png', 'blue.webp'])
    expect(Object.keys(red!)).toEqual(['file', 'logits', 'top'])
    expect(red!.logits.length).toBe(10)
    expect(red!.top.length).toBe(5)
    const best = red!.logits.indexOf(Math.max(...red!.logits))
    expect(red!.top[0]!.class).toBe(cifarClasses[best])
    const sum = red!.logits.reduce((total, logit) => total + Math.exp(logit), 0)
    expect(red!.top[0]!.probability).toBeCloseTo(Math.exp(red!.logits[best]!) / sum, 5)
  })

  it('prints five classes with bars', async () => {
    const { stdout } = await ghostgrad(['predict', 'red.png', ...weights], { cwd })
    expect(stdout).toMatch(/^red\.png\n( {2}[a-z]+ +\d+\.\d % {2}[━╸─]{30}\n){5}$/)
  })

  it('takes the images of a folder, and shows as many classes as asked for', async () => {
    const args = ['predict', '.', ...weights, '--top', '2', '--json']
    const predictions = jsonLines(await ghostgrad(args, { cwd })) as Prediction[]
    expect(predictions.map(({ file, top }) => [file, top.length])).toEqual([
      ['blue.webp', 2],
      ['red.png', 2],
    ])
  })

  it('predicts the others if an image cannot be read, and fails in the end', async () => {
    writeFileSync(join(cwd, 'text.png'), 'not an image')
    const files = ['text.png', 'gone.jpg', 'red.png']
    const { code, stdout, stderr } = await ghostgrad(['predict', ...files, ...weights, '--json'], { cwd })
    expect(code).toBe(1)
    expect(stdout.trim().split('\n').length).toBe(1)
    expect(stderr).toMatch(
      /^ghostgrad: text\.png: not an image that can be read \([^\n]*\)\nghostgrad: gone\.jpg: no such file\n$/,
    )
  })
})

describe('eval', () => {
  it('--json prints loss and accuracy on the data set that the file names', async () => {
    const outcome = await ghostgrad(['eval', ...weights, '--json'], { cwd })
    const [result, ...more] = jsonLines(outcome)
    expect(more).toEqual([])
    expect(Object.keys(result!)).toEqual(['loss', 'accuracy', 'top5', 'images', 'imagesPerSecond'])
    expect(result!.images).toBe(200)
    expect(result!.loss).toBeGreaterThan(2)
  })

  it('prints them for a reader', async () => {
    const { stdout } = await ghostgrad(['eval', ...weights], { cwd })
    expect(stdout).toMatch(
      /^resnet20 from w\.safetensors, on the 200 test images of cifar10-sample:\naccuracy \d+\.\d\d % \(top 5: \d+\.\d\d %\), loss \d\.\d{4}, [\d,]+ images\/s\n$/,
    )
  })
})
