import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadSafetensors } from '../../src/io/safetensors.js'
import { ghostgrad, jsonLines } from './support.js'

const names = ['apple', 'lime', 'plum']

/** Three colours with noise, easy to learn. */
async function photos(root: string, perClass = 12): Promise<void> {
  for (const [label, name] of names.entries()) {
    mkdirSync(join(root, name), { recursive: true })
    for (let i = 0; i < perClass; i++) {
      const pixel = (_: unknown, p: number) => (p % 3 === label ? 200 : 60) + ((p * 31 + i * 17) % 40)
      const pixels = Uint8Array.from({ length: 40 * 30 * 3 }, pixel)
      const raw = { width: 40, height: 30, channels: 3 } as const
      await sharp(pixels, { raw })
        .png()
        .toFile(join(root, name, `${i}.png`))
    }
  }
}

const small = ['--model', 'resnet20', '--threads', '1', '--batch-size', '9', '--eval-batch-size', '9']

describe('own images through the commands', () => {
  let cwd: string
  beforeAll(async () => {
    cwd = mkdtempSync(join(tmpdir(), 'ghostgrad-own-'))
    await photos(join(cwd, 'photos'))
    return () => rmSync(cwd, { recursive: true, force: true })
  })
  const run = (...args: string[]) => ghostgrad([...args, '--data-dir', 'cache'], { cwd })

  it('data reports on them', async () => {
    const { stdout, code } = await run('data', 'photos', '--image-size', '24')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^photos: image folder, 3 classes\n\nclass +train +test\napple +10 +2\n/)
    expect(stdout).toMatch(
      /\n30 training and 6 test images, as 24 × 24 pixels\nno part is for testing: 20 % .*\nsize: 40 × 30\nmean 0\.\d{4}, /,
    )
    const [json] = jsonLines(await run('data', 'photos', '--json'))
    expect(json).toMatchObject({
      name: 'photos',
      train: 30,
      test: 6,
      report: { kind: 'image folder', height: 32, bad: [] },
    })
  })

  it('train, resume, eval, predict, export and import know their classes and size', async () => {
    const train = await run(
      'train',
      '--data',
      'photos',
      '--image-size',
      '24',
      ...small,
      '--max-steps',
      '4',
      '--epochs',
      '4',
      '--out',
      'run',
    )
    expect(train.stderr).toBe('')
    expect(train.code).toBe(0)
    const { metadata, tensors } = loadSafetensors(join(cwd, 'run', 'model.safetensors'))
    expect(tensors['fc.weight']!.shape).toEqual([3, 64])
    expect(metadata).toMatchObject({
      ...{ model: 'resnet20', modelOptions: '{"numClasses":3}', data: 'photos' },
      ...{ classes: JSON.stringify(names), inputSize: '24', testShare: '0.2', splitSeed: '0' },
    })
    const resumed = await run('train', '--resume', 'run', '--max-steps', '6')
    expect([resumed.code, resumed.stderr]).toEqual([0, ''])

    const evaluated = await ghostgrad(
      ['eval', '--weights', 'run', '--data-dir', 'cache', '--per-class', '--json', '--threads', '1'],
      { cwd },
    )
    const [result] = jsonLines(evaluated) as [
      { images: number; accuracy: number; classes: { class: string; count: number }[]; confusion: number[][] },
    ]
    expect(result.images).toBe(6)
    expect(result.classes.map((row) => [row.class, row.count])).toEqual(names.map((name) => [name, 2]))
    expect(result.confusion.flat().reduce((a, b) => a + b)).toBe(6)
    expect(result.confusion.reduce((sum, row, i) => sum + row[i]!, 0) / 6).toBeCloseTo(result.accuracy)

    const predicted = await ghostgrad(['predict', 'photos/lime/1.png', '--weights', 'run', '--json'], { cwd })
    const [prediction] = jsonLines(predicted) as [{ logits: number[]; top: { class: string }[] }]
    expect(prediction.logits.length).toBe(3)
    expect(prediction.top.map((row) => row.class).sort()).toEqual(names)

    expect((await ghostgrad(['export', '--weights', 'run', '--out', 'copy.safetensors'], { cwd })).code).toBe(0)
    const copy = loadSafetensors(join(cwd, 'copy.safetensors')).metadata
    for (const key of ['classes', 'mean', 'std', 'inputSize', 'modelOptions']) expect(copy[key]).toBe(metadata[key])
    expect((await ghostgrad(['export', '--weights', 'run', '--out', 'copy.onnx'], { cwd })).code).toBe(0)
    expect(
      (await ghostgrad(['predict', 'photos/lime/1.png', '--weights', 'copy.safetensors'], { cwd })).stdout,
    ).toMatch(/\n {2}(apple|lime|plum) /)
  }, 180_000)

  it('a run whose images changed does not go on', async () => {
    await photos(join(cwd, 'moving'), 4)
    const start = await run(
      'train',
      '--data',
      'moving',
      '--image-size',
      '16',
      ...small,
      '--max-steps',
      '1',
      '--epochs',
      '9',
      '--out',
      'moved',
    )
    expect(start.code).toBe(0)
    writeFileSync(join(cwd, 'moving', 'lime', '9.png'), await sharp(join(cwd, 'photos', 'lime', '1.png')).toBuffer())
    const { code, stderr } = await run('train', '--resume', 'moved', '--max-steps', '2')
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^ghostgrad: moving: these are not the images that the run was trained on so far; .*--init\n$/,
    )
  })

  it('other images are evaluated by names of classes, and unknown ones refused', async () => {
    await photos(join(cwd, 'new', 'test'), 2)
    rmSync(join(cwd, 'new', 'test', 'apple'), { recursive: true })
    const args = ['eval', '--weights', 'run', '--data', 'new', '--data-dir', 'cache', '--threads', '1']
    const [result] = jsonLines(await ghostgrad([...args, '--per-class', '--json'], { cwd })) as [
      { classes: { count: number }[] },
    ]
    expect(result.classes.map(({ count }) => count)).toEqual([0, 2, 2])
    mkdirSync(join(cwd, 'new', 'test', 'pear'))
    writeFileSync(
      join(cwd, 'new', 'test', 'pear', '1.png'),
      await sharp(join(cwd, 'photos', 'lime', '1.png')).toBuffer(),
    )
    const { code, stderr } = await ghostgrad(args, { cwd })
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/new\/test: .* does not know pear; its classes: apple, lime, plum\n$/),
    ])
  })

  it('bad images stop a run before it starts, unless they are skipped', async () => {
    await photos(join(cwd, 'some'), 4)
    writeFileSync(join(cwd, 'some', 'plum', 'bad.png'), 'nothing')
    const args = ['train', '--data', 'some', '--image-size', '16', ...small, '--max-steps', '1', '--out', 'skipping']
    const refused = await run(...args)
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(
      /^ghostgrad: 1 of 13 images of some cannot be used: plum\/bad\.png \(.*\); go on without them by --skip-bad; /,
    )
    const skipped = await run(...args, '--skip-bad')
    expect([skipped.code, skipped.stderr]).toEqual([0, ''])
    expect(skipped.stdout).toMatch(/1 of 13 images of some cannot be used: .*; going on without them/)
    expect((await run('data', 'some')).stdout).toMatch(
      /\n1 image that cannot be used \(train without by --skip-bad\):\n {2}plum\/bad\.png: /,
    )
  })

  it('weights that were trained without bad images are evaluated without them', async () => {
    await photos(join(cwd, 'holed'), 4)
    writeFileSync(join(cwd, 'holed', 'plum', 'bad.png'), 'nothing')
    const args = ['--data', 'holed', '--image-size', '16', ...small, '--max-steps', '1', '--skip-bad']
    expect((await run('train', ...args, '--out', 'holed-run')).code).toBe(0)
    const { code, stdout } = await run('eval', '--weights', 'holed-run')
    expect([code, stdout]).toEqual([0, expect.stringMatching(/test images of .*holed/)])
  })

  it.each([
    [
      'a size of a data set by name',
      ['--data', 'cifar10-sample', '--image-size', '48'],
      /imageSize: the images of cifar10-sample have 32 pixels, got 48/,
    ],
    [
      'images too small for the network',
      ['--data', 'photos', '--image-size', '16', '--model', 'vgg16', '--batch-size', '8'],
      /vgg16 cannot take images of 16 × 16 pixels \(.*\): choose a larger --image-size, or another model/,
    ],
  ])('%s is refused', async (_, args, message) => {
    const outcome = await run('train', ...args)
    expect(outcome.stderr).toMatch(message)
    expect(outcome.code).toBe(2)
  })
})
