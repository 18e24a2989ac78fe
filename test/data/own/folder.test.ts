import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support.js'
import { load, photoFolder, plainImage, shades, writeFiles } from './support.js'

describe('a folder of images', () => {
  it('has a class a folder, and each class is divided by seed', async () => {
    const root = await photoFolder(8)
    const { train, test, report } = await load(root)
    expect(train.classes).toEqual(['apple', 'lime', 'plum'])
    expect([train.count, test.count]).toEqual([18, 6])
    expect(report.classes).toEqual(['apple', 'lime', 'plum'].map((name) => ({ name, train: 6, test: 2 })))
    expect([train.height, train.width, train.channels]).toEqual([8, 8, 3])
    expect([...train.labels]).toEqual([0, 1, 2].flatMap((label) => Array(6).fill(label)))
    const first = [0, 64, 128].map((at) => train.images[at]!) // red, green and blue of an apple
    for (const [i, value] of [200, 40].entries()) expect(Math.abs(first[i]! - value)).toBeLessThan(4) // WebP is not exact
    expect(report.sizes).toEqual(Array(3).fill([20, 16]))
  })

  it('is divided in the same way by the same seed, and otherwise by another', async () => {
    const root = await photoFolder(8)
    const images = async (splitSeed: number) =>
      Buffer.from((await load(root, { splitSeed })).test.images).toString('hex')
    const first = await images(1)
    expect(await images(1)).toBe(first)
    expect(await images(2)).not.toBe(first)
  })

  it.each(['test', 'val', 'validation'])('with the folders train and %s is divided as they are', async (part) => {
    const root = await photoFolder(3, 'train/')
    await photoFolder(1, `${part}/`, root)
    const { train, test } = await load(root)
    expect([train.count, test.count]).toEqual([9, 3])
  })

  it('may be a test part alone: for evaluation', async () => {
    const { train, test, report } = await load(await photoFolder(2, 'test/'))
    expect([train.count, test.count]).toEqual([0, 6])
    expect(report.mean[0]).toBeGreaterThan(0.2) // of the test images, as there are no others
  })

  it('has the mean and standard deviation of its training images', async () => {
    const root = temporaryFolder()
    const grey = (value: number) => plainImage({ red: value, green: value, blue: 51 })
    writeFiles(root, {
      'train/a/1.png': await grey(0),
      'train/b/1.png': await grey(255),
      'test/a/1.png': await grey(255),
    })
    const { train } = await load(root)
    expect(train.mean).toEqual([0.5, 0.5, 0.2])
    expect(train.std).toEqual([0.5, 0.5, 0.0039]) // blue is the same everywhere: the least there is
  })

  it('may have folders in the folders of classes; hidden files and other kinds are no images', async () => {
    const root = await photoFolder(1)
    writeFiles(root, {
      'apple/more/deep/1.jpg': await plainImage(shades.apple!, 'jpeg'),
      'apple/.DS_Store': 'x',
      'apple/notes.txt': 'x',
      'README.md': 'x',
    })
    const { report } = await load(root)
    expect(report.classes[0]).toEqual({ name: 'apple', train: 1, test: 1 })
    expect(report.passedOver).toEqual({ '.md': 1, '.txt': 1 })
    expect(report.bad).toEqual([])
  })

  it('lists what cannot be used with its reason, and refuses unless it is told to go on', async () => {
    const root = await photoFolder(2)
    const png = await plainImage(shades.lime!)
    writeFiles(root, {
      'lime/text.png': 'not an image',
      'lime/cut.png': png.subarray(0, png.length - 20),
      'lime/empty.jpg': '',
      'lime/old.bmp': 'BM????',
      'loose.png': png,
    })
    const seen: string[] = []
    const { report, train, test } = await load(root, { skipBad: true, onProgress: ({ message }) => seen.push(message) })
    expect(train.count + test.count).toBe(6)
    expect(report.bad.map(({ name }) => name).sort()).toEqual([
      ...['lime/cut.png', 'lime/empty.jpg', 'lime/old.bmp', 'lime/text.png', 'loose.png'],
    ])
    for (const { reason } of report.bad) expect(reason).toMatch(/^[^\n]{5,}$/)
    expect(seen.at(-1)).toMatch(/^5 of 11 images of .* cannot be used: .*; going on without them$/)
    await expect(load(root)).rejects.toThrow(
      /5 of 11 images .* go on without them by --skip-bad; all are listed by: ghostgrad data /,
    )
  })

  it('refuses images of absurd sizes by their headers', async () => {
    const root = await photoFolder(2)
    const png = Buffer.from(await plainImage(shades.lime!))
    png.writeUInt32BE(60_000, 16) // width and height in the header of a PNG
    png.writeUInt32BE(60_000, 20)
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="30000" height="30000"/>'
    writeFiles(root, { 'lime/bomb.png': png, 'lime/bomb.svg': svg })
    const { report } = await load(root, { skipBad: true })
    expect(report.bad.map(({ name }) => name)).toEqual(['lime/bomb.png', 'lime/bomb.svg'])
    for (const { reason } of report.bad) expect(reason).toMatch(/pixel/)
  })

  it('follows links to files inside, not to what lies outside', async () => {
    const outside = temporaryFolder()
    writeFiles(outside, { 'secret.png': await plainImage(shades.plum!) })
    const root = await photoFolder(2)
    symlinkSync(join(outside, 'secret.png'), join(root, 'plum', 'link.png'))
    symlinkSync(join(root, 'plum', '0.png'), join(root, 'plum', 'own.png'))
    symlinkSync(outside, join(root, 'linked'))
    const { report } = await load(root, { skipBad: true })
    expect(report.bad).toEqual([
      { name: 'linked', reason: 'is a link to a folder, which is not followed' },
      { name: 'plum/link.png', reason: 'lies outside of the folder' },
    ])
    expect(report.classes.map(({ name }) => name)).toEqual(['apple', 'lime', 'plum'])
    expect(report.classes[2]).toMatchObject({ train: 2, test: 1 })
  })

  it('is not a file of another kind', async () => {
    const root = await photoFolder(1)
    await expect(load(join(root, 'lime', '0.png'))).rejects.toThrow(
      /0\.png: expected a folder, or a file that ends in \.csv, \.npz, \.parquet/,
    )
  })

  it('needs two classes', async () => {
    const root = temporaryFolder()
    mkdirSync(join(root, 'only'))
    writeFileSync(join(root, 'only', '1.png'), await plainImage(shades.lime!))
    await expect(load(root)).rejects.toThrow(
      /expected images of at least two classes.* found as image folder: 1 images of 1 classes/,
    )
  })
})

describe('the cache of decoded images', () => {
  it('is used as long as no file changes, and replaced when one does', async () => {
    const root = await photoFolder(4)
    const dataDir = temporaryFolder()
    const steps: string[] = []
    const again = () => load(root, { dataDir, onProgress: ({ stage }) => steps.push(stage) })
    const first = await again()
    const second = await again()
    expect(second.report).toEqual(first.report)
    expect(second.train.digest).toBe(first.train.digest)
    expect(Buffer.compare(Buffer.from(second.train.images), Buffer.from(first.train.images))).toBe(0)
    renameSync(join(root, 'plum', '0.png'), join(root, 'plum', 'zero.png'))
    const third = await again()
    expect(third.report.cacheFile).not.toBe(first.report.cacheFile)
    expect(readdirSync(join(dataDir, 'own'))).toEqual([third.report.cacheFile!.split('/').at(-1)]) // the old one is gone
  })

  it('is made again if it is damaged, cut short or of another size than it says', async () => {
    const root = await photoFolder(2)
    const dataDir = temporaryFolder()
    const { report, train } = await load(root, { dataDir })
    const whole = readFileSync(report.cacheFile!)
    const flipped = Buffer.from(whole)
    flipped[flipped.length - 1]! ^= 1
    const longHead = Buffer.from(whole)
    longHead.writeBigUInt64LE(2n ** 60n)
    for (const damaged of [flipped, whole.subarray(0, whole.length - 100), longHead, Buffer.from('short')]) {
      writeFileSync(report.cacheFile!, damaged)
      expect((await load(root, { dataDir })).train.digest).toBe(train.digest)
      expect(Buffer.compare(readFileSync(report.cacheFile!), whole)).toBe(0)
    }
  })

  it('is not needed', async () => {
    const root = await photoFolder(2)
    const dataDir = join(temporaryFolder(), 'file')
    writeFileSync(dataDir, '')
    const notes: string[] = []
    const { train } = await load(root, {
      dataDir,
      onProgress: ({ stage, message }) => void (stage === 'note' && notes.push(message)),
    })
    expect(train.count).toBe(3)
    expect(notes).toEqual([expect.stringMatching(/^decoded images are not kept: /)])
    rmSync(dataDir)
  })
})
