import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { beforeEach, describe, expect, it } from 'vitest'
import { createModel } from '../../src/models/registry.js'
import { setBackend } from '../../src/tensor/backend.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import { writeWeights } from '../../src/train/weights.js'
import { temporaryFolders } from '../train/support.js'
import { ghostgrad } from './support.js'

const newFolder = temporaryFolders()
let cwd: string
const weights = ['--weights', 'w.safetensors']

beforeEach(() => {
  setBackend(new ReferenceBackend())
  cwd = newFolder()
  const info = { model: 'ghost-resnet20', modelOptions: '{}', data: 'cifar10-sample' }
  writeWeights(join(cwd, 'w.safetensors'), createModel('ghost-resnet20', { seed: 0 }).stateDict(), info)
})

/** A figure is written twice: as SVG that names this, and as a PNG twice its size. */
async function expectFigure(args: readonly string[], ...words: (string | RegExp)[]): Promise<void> {
  const outcome = await ghostgrad(['figure', ...args, '--out', 'pictures/it'], { cwd })
  expect([outcome.code, outcome.stderr]).toEqual([0, ''])
  expect(outcome.stdout).toBe(`${join('pictures', 'it.svg')}\n${join('pictures', 'it.png')}\n`)
  const svg = readFileSync(join(cwd, 'pictures', 'it.svg'), 'utf8')
  for (const word of words) expect(svg).toMatch(word)
  const { width, height, format } = await sharp(join(cwd, 'pictures', 'it.png')).metadata()
  const [, wide, high] = /width="(\d+)" height="(\d+)"/.exec(svg)!
  expect([format, width, height]).toEqual(['png', 2 * Number(wide), 2 * Number(high)])
}

describe('figure', () => {
  it('curves of one run and of two', async () => {
    const head = 'epoch,step,trainLoss,trainAccuracy,testLoss,testAccuracy,imagesPerSecond,lr,seconds\n'
    for (const run of ['one', 'two']) {
      mkdirSync(join(cwd, run))
      writeFileSync(
        join(cwd, run, 'metrics.csv'),
        `${head}1,10,2,0.2,1.9,0.25,100,0.1,3\n2,20,1,0.5,1.2,0.45,100,0.05,3\n`,
      )
    }
    await expectFigure(['curves', 'one'], 'one: accuracy', 'one: loss', '>train<', '>test<', 'test: 45 at the end')
    await expectFigure(['curves', 'one', 'two'], 'Test accuracy', 'Training loss', '>one<', '>two<')
    const { code, stderr } = await ghostgrad(['figure', 'curves', 'gone'], { cwd })
    expect([code, stderr]).toEqual([
      1,
      'ghostgrad: gone: expected the folder of a run, there is no metrics.csv in it\n',
    ])
  }, 180_000)

  it(
    'confusion',
    () =>
      expectFigure(
        ['confusion', ...weights, '--threads', '1'],
        /ghost-resnet20 on cifar10-sample: \d+\.\d\d %/,
        'airplane',
      ),
    180_000,
  )

  it('filters', async () => {
    await expectFigure(['filters', ...weights], /conv1 \(16, 3, 3, 3\)/, '16 filters')
    const { code, stderr } = await ghostgrad(['figure', 'filters', ...weights, '--layer', 'fc'], { cwd })
    expect(code).toBe(2)
    expect(stderr).toMatch(/--layer: expected a convolution of ghost-resnet20, got "fc"; there are conv1, /)
  }, 180_000)

  it('features', async () => {
    await expectFigure(
      ['features', ...weights, '--layer', 'layer2', '--threads', '1'],
      'layer2',
      '32 maps of 16 × 16 pixels',
    )
  }, 180_000)

  it('gradcam of files and of test images', async () => {
    await sharp({ create: { width: 60, height: 50, channels: 3, background: 'red' } })
      .png()
      .toFile(join(cwd, 'red.png'))
    await expectFigure(
      ['gradcam', 'red.png', ...weights, '--class', 'dog', '--threads', '1'],
      'red.png',
      /dog \d+ %/,
      'Grad-CAM at layer3',
    )
    await expectFigure(['gradcam', ...weights, '--count', '2', '--threads', '1'], /\d+ %/)
    const { code, stderr } = await ghostgrad(['figure', 'gradcam', 'red.png', ...weights, '--class', 'cow'], { cwd })
    expect([code, stderr]).toEqual([2, expect.stringMatching(/--class: expected one of airplane, .*, got "cow"/)])
  }, 180_000)

  it('samples, the same by the same seed', async () => {
    const args = ['samples', '--data', 'cifar10-sample', '--count', '6']
    await expectFigure(args, 'cifar10-sample: training images, augmentation standard', 'the first 6 of epoch 1, seed 0')
    const first = readFileSync(join(cwd, 'pictures', 'it.svg'), 'utf8')
    await expectFigure(args)
    expect(readFileSync(join(cwd, 'pictures', 'it.svg'), 'utf8')).toBe(first)
    expect(existsSync(join(cwd, 'samples.svg'))).toBe(false)
  }, 180_000)
})
