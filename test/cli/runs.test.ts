import { cpSync, mkdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { differences } from '../../src/serve/differences.js'
import { latestRun, weightsPath } from '../../src/train/latestRun.js'
import { temporaryFolders } from '../train/support.js'
import { ghostgrad, jsonLines } from './support.js'

const newFolder = temporaryFolders()

/** Nine images of three colours in each of three parts. */
async function photos(root: string): Promise<void> {
  for (const part of ['train', 'val', 'test']) {
    for (const [i, name] of ['a', 'b', 'c'].entries()) {
      mkdirSync(join(root, part, name), { recursive: true })
      for (let k = 0; k < 3; k++) {
        const background = { r: i === 0 ? 200 : k, g: i === 1 ? 200 : k, b: i === 2 ? 200 : k }
        const image = sharp({ create: { width: 16, height: 16, channels: 3, background } }).png()
        await image.toFile(join(root, part, name, `${k}.png`))
      }
    }
  }
}

describe('runs', () => {
  it('with validation images are judged by these, listed and drawn; go on when their images or they have moved', async () => {
    const cwd = newFolder()
    await photos(join(cwd, 'photos'))
    const tiny = [
      '--model',
      'mobilenetv1',
      '--width',
      '0.1',
      '--threads',
      '1',
      '--batch-size',
      '9',
      '--data-dir',
      join(cwd, 'cache'),
    ]
    const flags = ['--data', 'photos', ...tiny, '--epochs', '1', '--lr', '0.01', '--augment', 'crop']
    const trained = await ghostgrad(['train', ...flags, '--out', 'runs/one'], { cwd })
    expect([trained.code, trained.stderr]).toEqual([0, ''])
    expect(trained.stdout).toContain('judged by validation accuracy; the test images are for the end')
    expect(trained.stdout).toMatch(/of its weights, test accuracy/)
    expect(trained.stdout).toContain('npx ghostgrad serve runs/one')

    const [list] = jsonLines(await ghostgrad(['runs', '--json'], { cwd })) as unknown as [Record<string, unknown>[]]
    expect(list).toMatchObject([{ id: 'one', model: 'mobilenetv1', judgedBy: 'val', epochs: 1, ofEpochs: 1 }])
    expect(list[0]!.bestAccuracy).not.toBeNull()
    const drawn = await ghostgrad(['figure', 'curves', 'runs/one', '--out', 'curves'], { cwd })
    expect(drawn.code).toBe(0)
    const evaluated = await ghostgrad(
      ['eval', '--weights', 'latest', '--data-dir', join(cwd, 'cache'), '--threads', '1'],
      { cwd },
    )
    expect(evaluated.stdout).toMatch(/runs.one.*on the 9 test images/)

    // From another working folder, by the place that the checkpoint remembers.
    const elsewhere = newFolder()
    const more = (...rest: string[]) =>
      ghostgrad(['train', '--resume', join(cwd, 'runs/one'), ...rest], { cwd: elsewhere })
    const on = await more('--epochs', '2')
    expect([on.code, on.stderr]).toEqual([0, ''])
    expect(on.stdout).toMatch(
      /learning rate: 0\.01 in the last step, 0\.005 in the next: the cosine schedule is laid out over 2 epochs now, not 1/,
    )
    renameSync(join(cwd, 'photos'), join(cwd, 'moved'))
    expect((await more('--epochs', '3')).code).not.toBe(0)
    const moved = await more('--epochs', '3', '--data', join(cwd, 'moved'))
    expect([moved.code, moved.stderr]).toEqual([0, ''])
    cpSync(join(cwd, 'moved/test/a/0.png'), join(cwd, 'moved/train/b/9.png'))
    expect((await more('--epochs', '4', '--data', join(cwd, 'moved'))).stderr).toMatch(/these are not the images/)
  }, 180_000)

  it('the latest is that whose weights were written last, also by a part of its name', () => {
    const root = newFolder()
    for (const [i, name] of ['resnet20-a', 'vgg16-b', 'unfinished'].entries()) {
      mkdirSync(join(root, name))
      if (name === 'unfinished') continue
      writeFileSync(join(root, name, 'model.safetensors'), '')
      utimesSync(join(root, name, 'model.safetensors'), 1000 + i, 1000 + i)
    }
    expect(latestRun('', root)).toBe(join(root, 'vgg16-b'))
    expect(latestRun('resnet', root)).toBe(join(root, 'resnet20-a'))
    expect(() => latestRun('ghost', root)).toThrow(/no run whose name has "ghost" with weights/)
    expect(weightsPath('some/path')).toBe('some/path')
  })

  it('are compared by the settings in which they differ', () => {
    expect(
      differences([
        { lr: 0.1, out: 'a', milestones: [1] },
        { lr: 0.2, out: 'b', milestones: [1], ema: 0.9 },
      ]),
    ).toEqual({
      lr: [0.1, 0.2],
      ema: [null, 0.9],
    })
  })
})
