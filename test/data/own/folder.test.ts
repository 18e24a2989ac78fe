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
    expect(report.classes).toEqual(['apple', 'lime', 'plum'].map((name) => ({ name, train: 6, val: 0, test: 2 })))
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

  it.each([
    ['train', 'test', 'test'],
    ['training', 'testing', 'test'],
    ['Train', 'VAL', 'validation'],
    ['train', 'validation', 'validation'],
    ['set_train', 'set_test', 'test'],
  ] as const)('with the folders %s and %s is divided as they are', async (first, second, part) => {
    const root = await photoFolder(3, `${first}/`)
    await photoFolder(1, `${second}/`, root)
    const data = await load(root)
    expect([data.train.count, data[part]!.count]).toEqual([9, 3])
    expect(data.test.count).toBe(part === 'test' ? 3 : 0)
  })

  it('with three parts has images for validation beside those for testing', async () => {
    const root = await photoFolder(3, 'train/')
    await photoFolder(2, 'valid/', root)
    await photoFolder(1, 'test/', root)
    const { train, validation, test, report } = await load(root)
    expect([train.count, validation!.count, test.count]).toEqual([9, 6, 3])
    expect(validation!.name).toBe(`${root}/val`)
    expect(report.classes[0]).toEqual({ name: 'apple', train: 3, val: 2, test: 1 })
  })

  it('may have its parts inside the classes', async () => {
    const root = temporaryFolder()
    for (const name of ['apple', 'lime']) {
      const image = await plainImage(shades[name]!)
      writeFiles(root, {
        [`${name}/train/1.png`]: image,
        [`${name}/train/2.png`]: image,
        [`${name}/test/1.png`]: image,
      })
    }
    const { train, test } = await load(root)
    expect([train.classes, train.count, test.count]).toEqual([['apple', 'lime'], 4, 2])
  })

  it('of a training part alone is divided as one without parts', async () => {
    const { train, test, report } = await load(await photoFolder(4, 'train/'))
    expect([train.count, test.count]).toEqual([9, 3])
    expect(report.notes).toEqual(['no part is for testing: 25 % of each class are (--test-share), drawn by seed 0'])
  })

  it('may have a class that is called as a part: a part holds folders', async () => {
    const root = temporaryFolder()
    const image = await plainImage(shades.lime!)
    for (const name of ['bus', 'car', 'train']) writeFiles(root, { [`${name}/1.png`]: image, [`${name}/2.png`]: image })
    const { train, test, report } = await load(root)
    expect(report.bad).toEqual([])
    expect([train.classes, train.count, test.count]).toEqual([['bus', 'car', 'train'], 3, 3])
  })

  it("has torchvision's order of classes, by code points, and says where numbers are out of theirs", async () => {
    const root = temporaryFolder()
    const image = await plainImage(shades.lime!)
    for (const name of ['10', '9', '\u{1f34e}', '\ufb01'])
      writeFiles(root, { [`${name}/1.png`]: image, [`${name}/2.png`]: image })
    // As Python's sorted(): U+FB01 lies below U+1F34E, although JavaScript compares its unit with a surrogate.
    expect((await load(root)).train.classes).toEqual(['10', '9', '\ufb01', '\u{1f34e}'])
    const numbers = temporaryFolder()
    for (const name of ['10', '9']) writeFiles(numbers, { [`${name}/1.png`]: image, [`${name}/2.png`]: image })
    const { report } = await load(numbers)
    expect(report.notes[0]).toBe("classes in the order of their names, as torchvision's: 10, 9 …")
  })

  it('keeps the place of a class whose folder is empty, and says so', async () => {
    const root = await photoFolder(2)
    mkdirSync(join(root, 'kiwi'))
    mkdirSync(join(root, '__MACOSX'))
    const { train, report } = await load(root)
    expect(train.classes).toEqual(['apple', 'kiwi', 'lime', 'plum'])
    expect(report.notes).toContain('classes whose folders are empty: kiwi')
  })

  it('takes one name in two Unicode forms for one class', async () => {
    const root = temporaryFolder()
    const image = await plainImage(shades.lime!)
    writeFiles(root, { 'train/caf\u00e9/1.png': image, 'train/tea/1.png': image, 'test/cafe\u0301/1.png': image })
    const { train, test } = await load(root)
    expect(train.classes).toEqual(['caf\u00e9', 'tea'])
    expect([...test.labels]).toEqual([0])
  })

  it('leaves out images beside its parts, and says so', async () => {
    const root = await photoFolder(2, 'train/')
    await photoFolder(1, 'test/', root)
    writeFiles(root, { 'Meta/0.png': await plainImage(shades.lime!) })
    const { report } = await load(root)
    expect(report.bad).toEqual([])
    expect(report.notes).toEqual(['1 images beside the parts are left out (Meta/0.png …)'])
  })

  it('says that a class has lost its only training image', async () => {
    const root = await photoFolder(1, 'train/')
    writeFiles(root, { 'train/apple/0.png': '' })
    await photoFolder(1, 'test/', root)
    const { report } = await load(root, { skipBad: true })
    expect(report.notes).toEqual(['no training image is left of apple: those there were cannot be read'])
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
    expect(report.classes[0]).toEqual({ name: 'apple', train: 1, val: 0, test: 1 })
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
      'lime/old.bmp': `BM${'?'.repeat(60)}`,
      'loose.png': png,
    })
    const seen: string[] = []
    const { report, train, test } = await load(root, { skipBad: true, onProgress: ({ message }) => seen.push(message) })
    expect(train.count + test.count).toBe(6)
    expect(report.bad.map(({ name }) => name).sort()).toEqual([
      ...['lime/cut.png', 'lime/empty.jpg', 'lime/old.bmp', 'lime/text.png', 'loose.png'],
    ])
    for (const { reason } of report.bad) expect(reason).toMatch(/^[^\n]{5,}$/)
    expect(seen.find((message) => message.includes('cannot be used'))).toMatch(
      /^5 of 11 images of .* cannot be used: .*; going on without them$/,
    )
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

  it('follows links to images and to folders of classes; those that lead back or nowhere are bad', async () => {
    const outside = temporaryFolder()
    writeFiles(outside, {
      blob: await plainImage(shades.plum!),
      'pear/1.png': await plainImage(shades.lime!),
      'pear/2.png': await plainImage(shades.lime!),
    })
    const root = await photoFolder(2)
    symlinkSync(join(outside, 'blob'), join(root, 'plum', 'link.png'))
    symlinkSync(join(outside, 'pear'), join(root, 'pear'))
    symlinkSync(root, join(root, 'plum', 'loop'))
    symlinkSync(join(root, 'gone.png'), join(root, 'plum', 'gone.png'))
    const { report } = await load(root, { skipBad: true })
    expect(report.bad).toEqual([
      { name: 'plum/gone.png', reason: 'is a link that leads nowhere' },
      { name: 'plum/loop', reason: 'is a link to a folder that it lies in' },
    ])
    expect(report.classes.map(({ name, train, test }) => [name, train + test])).toEqual([
      ['apple', 2],
      ['lime', 2],
      ['pear', 2],
      ['plum', 3],
    ])
  })

  it('is not a file of another kind', async () => {
    const root = await photoFolder(1)
    await expect(load(join(root, 'lime', '0.png'))).rejects.toThrow(
      /0\.png: expected a folder, an archive .*, or a file that ends in \.csv, /,
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
    expect(notes[0]).toMatch(/^decoded images are not kept: /)
    rmSync(dataDir)
  })
})
