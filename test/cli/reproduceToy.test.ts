import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createModel } from '../../src/models/registry.js'
import { setBackend } from '../../src/tensor/backend.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import { writeWeights } from '../../src/train/weights.js'
import { temporaryFolders } from '../train/support.js'
import { ghostgrad, jsonLines } from './support.js'

vi.setConfig({ testTimeout: 180_000 })
const newFolder = temporaryFolders()
let cwd: string

/** Untrained weights in `<model>.safetensors`. */
function save(model: string): string[] {
  const info = { model, modelOptions: '{}', data: 'cifar10-sample' }
  writeWeights(join(cwd, `${model}.safetensors`), createModel(model, { seed: 0 }).stateDict(), info)
  return ['--weights', `${model}.safetensors`, '--threads', '1']
}

beforeEach(() => {
  setBackend(new ReferenceBackend())
  cwd = newFolder()
})

describe('reproduce table2', () => {
  it('--json gives errors by pair and size, beside the paper', async () => {
    const [table] = jsonLines(await ghostgrad(['reproduce', 'table2', ...save('resnet20'), '--json'], { cwd }))
    expect(table).toMatchObject({
      model: 'resnet20',
      image: 'test image 20 of cifar10-sample (dog)',
      sizes: [1, 3, 5, 7],
      paper: { red: [4, 3.3, 3.3, 3.2] },
    })
    const pairs = table!.pairs as { colour: string; mse: number[] }[]
    expect(pairs.map(({ colour }) => colour)).toEqual(['red', 'green', 'blue'])
    for (const { mse } of pairs) expect([...mse].sort((a, b) => b - a)).toEqual(mse)
  })

  it('prints a table for an image file', async () => {
    const red = { width: 40, height: 40, channels: 3, background: 'red' } as const
    await sharp({ create: { ...red, noise: { type: 'gaussian', mean: 128, sigma: 30 } } })
      .png()
      .toFile(join(cwd, 'noise.png'))
    const { stdout } = await ghostgrad(['reproduce', 'table2', ...save('resnet20'), '--image', 'noise.png'], { cwd })
    expect(stdout).toMatch(/^Mean squared error × 1e-3 .*: resnet20, layer1\.0, noise\.png\n/)
    expect(stdout).toMatch(/\npair +maps +correlation +no filter +d=1 +paper +d=3 +paper +d=5 +paper +d=7 +paper *\n/)
    expect(stdout).toMatch(/\nred +\d+ → \d+ +\d\.\d{3} +\d+\.\d\d +\d+\.\d\d +4\.0 /)
  })

  it('refuses a network without residual blocks, and an image that is not there', async () => {
    const plain = await ghostgrad(['reproduce', 'table2', ...save('mobilenetv3-small')], { cwd })
    expect([plain.code, plain.stderr]).toEqual([
      2,
      'ghostgrad: expected weights of a resnet, got mobilenetv3-small, which has no layer1.0\n',
    ])
    const image = await ghostgrad(['reproduce', 'table2', ...save('resnet20'), '--index', '200'], { cwd })
    expect(image.stderr).toBe('ghostgrad: --index: expected a whole number from 0 to 199, got 200\n')
  })
})

describe('figures', () => {
  it('fig1 writes SVG and PNG with three pairs of frames', async () => {
    const { stdout } = await ghostgrad(['reproduce', 'fig1', ...save('resnet20'), '--out', 'out/similar'], { cwd })
    expect(stdout).toBe('out/similar.svg\nout/similar.png\n')
    const svg = readFileSync(join(cwd, 'out', 'similar.svg'), 'utf8')
    for (const colour of ['#d62728', '#2ca02c', '#1f77b4']) expect(svg.split(`stroke="${colour}"`).length).toBe(3)
    expect((await sharp(join(cwd, 'out', 'similar.png')).metadata()).format).toBe('png')
  })

  it('fig4 takes several networks', async () => {
    const weights = [...save('vgg16').slice(0, 2), ...save('ghost-vgg16').slice(1)]
    const { code, stderr } = await ghostgrad(['reproduce', 'fig4', ...weights], { cwd })
    expect([code, stderr]).toEqual([0, ''])
    const svg = readFileSync(join(cwd, 'fig4.svg'), 'utf8')
    for (const label of ['vgg16: 64 maps', 'ghost-vgg16: 32 intrinsic maps', '32 ghosts']) expect(svg).toContain(label)
    expect(existsSync(join(cwd, 'fig4.png'))).toBe(true)
  })
})
