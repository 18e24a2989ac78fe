import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import sharp from 'sharp'
import { afterAll, expect, test } from 'vitest'
import { drawPlacement, identity, placeBoxes, placePicture } from '../../src/detect/data/augment.js'
import { loadDetection } from '../../src/detect/data/loadDetection.js'
import { parseVoc } from '../../src/detect/data/voc.js'
import { DataError } from '../../src/tensor/errors.js'
import { Generator } from '../../src/tensor/random.js'
import '../support/allClose.js'

const folder = mkdtempSync(join(tmpdir(), 'detection-'))
afterAll(() => rmSync(folder, { recursive: true }))

function write(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), content)
}

const png = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#808080' } })
    .png()
    .toBuffer()

test('COCO: images by id, classes by id, crowds, areas; bad boxes are listed', async () => {
  const annotations = [
    { image_id: 9, category_id: 7, bbox: [1, 2, 10, 20], area: 150, iscrowd: 0 },
    { image_id: 9, category_id: 3, bbox: [30, 30, 30, 5], iscrowd: 1 },
    { image_id: 9, category_id: 3, bbox: [5, 5, 0, 5] },
    { image_id: 9, category_id: 3, bbox: [50, 5, 5, 5] },
    { image_id: 4, category_id: 1, bbox: [5, 5, 5, 5] },
  ]
  const file = {
    images: [
      { id: 9, file_name: 'b.png', width: 40, height: 32 },
      { id: 4, file_name: 'a.png', width: 40, height: 32 },
    ],
    annotations,
    categories: [
      { id: 7, name: 'cat' },
      { id: 3, name: 'dog' },
    ],
  }
  write('coco/annotations/instances_train2017.json', JSON.stringify(file))
  write('coco/annotations/instances_val2017.json', JSON.stringify({ ...file, annotations: [] }))
  const { train } = await loadDetection({ data: join(folder, 'coco') })
  expect(train.classes).toEqual(['dog', 'cat'])
  expect(train.images.map(({ name }) => name)).toEqual(['a.png', 'b.png'])
  const [, b] = train.images
  expect(Array.from(b!.boxes)).toEqual([1, 2, 11, 22, 30, 30, 40, 32])
  expect([Array.from(b!.labels), Array.from(b!.areas), b!.crowds]).toEqual([
    [1, 0],
    [150, 20],
    [false, true],
  ])
  expect(train.bad.map(({ reason }) => reason)).toEqual([
    'an annotation is of category 1, which the file does not list',
    'box (5, 5, 5, 10) is empty',
    'box (50, 5, 55, 10) lies outside the image of 40 × 32 pixels',
  ])
})

const voc = (...objects: string[]) =>
  `<annotation><size><width>40</width><height>32</height><depth>3</depth></size>${objects.join('')}</annotation>`
const object = (name: string, box: string) =>
  `<object><name>${name}</name><difficult>0</difficult><bndbox>${box}</bndbox></object>`
const corners = '<xmin>3</xmin><ymin>4</ymin><xmax>13</xmax><ymax>24</ymax>'

test('PASCAL VOC: one object, several, none', async () => {
  write('voc/Annotations/one.xml', voc(object('cell &amp; co', corners)))
  write('voc/Annotations/two.xml', voc(object('a', corners), object('a', corners.replace('13', '3'))))
  write('voc/Annotations/none.xml', voc())
  write('voc/ImageSets/Main/trainval.txt', 'one\ntwo\n')
  write('voc/ImageSets/Main/test.txt', 'none')
  const { train, test } = await loadDetection({ data: join(folder, 'voc') })
  expect(train.classes).toEqual(['a', 'cell & co'])
  expect(train.images.map(({ boxes, labels }) => [[...boxes], [...labels]])).toEqual([
    [[3, 4, 13, 24], [1]],
    [[3, 4, 13, 24], [0]],
  ])
  expect(train.bad).toEqual([{ image: 'two', reason: 'box (3, 4, 3, 24) is empty' }])
  expect(test.images[0]!.labels.length).toBe(0)
})

test('an annotation that is no XML, or of another form, is refused with its name', () => {
  expect(() => parseVoc('x.xml', '<annotation><size>')).toThrow(DataError)
  expect(() => parseVoc('x.xml', '<other/>')).toThrow(/x\.xml: not an annotation of PASCAL VOC/)
})

test('YOLO: shares of the image; lines that are none are listed', async () => {
  for (const part of ['train', 'val']) write(`yolo/images/${part}/a.png`, await png(40, 20))
  write('yolo/labels/train/a.txt', '1 0.5 0.5 0.25 0.5\n\n2 0.5 0.5 0.1 0.1\n0 0.5 x 1 1\n')
  write('yolo/data.yaml', 'names: [red, white]\n')
  const { train, test } = await loadDetection({ data: join(folder, 'yolo') })
  expect(train.classes).toEqual(['red', 'white'])
  expect(Array.from(train.images[0]!.boxes)).toEqual([15, 5, 25, 15])
  expect(train.bad.map(({ reason }) => reason)).toEqual([
    'line 3: expected a class from 0 to 1, got 2',
    'line 4: expected a class and four numbers, got "0 0.5 x 1 1"',
  ])
  expect(test.images[0]!.labels.length).toBe(0)
})

test('a folder of no known form is refused', async () => {
  write('other/readme.txt', '')
  await expect(loadDetection({ data: join(folder, 'other') })).rejects.toThrow(/expected COCO .* PASCAL VOC .* or YOLO/)
  await expect(loadDetection({ data: 'no-such-set' })).rejects.toThrow(/expected one of cifar10-scenes, bccd/)
})

test('scenes are always the same, with boxes inside and classes of CIFAR-10', async () => {
  const { train, test } = await loadDetection({ data: 'cifar10-scenes' })
  const again = await loadDetection({ data: 'cifar10-scenes' })
  expect([train.images.length, test.images.length]).toEqual([400, 100])
  expect(train.classes).toContain('frog')
  for (const [i, { boxes, labels }] of train.images.entries()) {
    expect(labels.length).toBeGreaterThanOrEqual(1)
    expect(boxes.every((value) => value >= 0 && value <= 128)).toBe(true)
    expect([...boxes]).toEqual([...again.train.images[i]!.boxes])
  }
  expect(Buffer.compare(await train.images[5]!.open(), await again.train.images[5]!.open())).toBe(0)
})

/** A black picture with a white rectangle, and the rectangle's box. */
function rectangle([x1, y1, x2, y2]: readonly number[], width: number, height: number) {
  const pixels = new Uint8Array(3 * height * width)
  for (let c = 0; c < 3; c++) {
    for (let y = y1!; y < y2!; y++) pixels.fill(255, (c * height + y) * width + x1!, (c * height + y) * width + x2!)
  }
  return { pixels, size: [height, width] as const, scale: 1 }
}

/** The box around what is brighter than half. */
function bright(plane: Float32Array, width: number): number[] {
  const places = Array.from(plane, (value, i) => [value, i] as const).filter(([value]) => value > 0.5)
  const xs = places.map(([, i]) => i % width)
  const ys = places.map(([, i]) => Math.floor(i / width))
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs) + 1, Math.max(...ys) + 1]
}

test('boxes follow what they are around through flips, zoom and crop', () => {
  const plain = { mean: [0, 0, 0], std: [1, 1, 1] }
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10_000 }), (seed) => {
      const picture = rectangle([20, 14, 44, 34], 60, 50)
      const canvas = [64, 64] as const
      const augment = { flip: true, flipVertical: true, zoom: [0.8, 1.3] as const }
      const placement = drawPlacement(augment, picture.size, canvas, new Generator(seed))
      const out = new Float32Array(3 * 64 * 64)
      placePicture(picture, placement, canvas, plain, out, 0)
      const target = { boxes: Float64Array.of(20, 14, 44, 34), labels: Int32Array.of(0) }
      const { boxes } = placeBoxes(target, placement, canvas)
      expect(boxes).toBeAllClose(bright(out.subarray(0, 64 * 64), 64), { absolute: 1 })
    }),
    { numRuns: 60 },
  )
})

test('a mirrored box, by hand; what is nearly all cut off is left out', () => {
  const target = { boxes: Float64Array.of(2, 3, 10, 9, 60, 0, 64, 4), labels: Int32Array.of(4, 5) }
  const mirrored = placeBoxes(target, { ...identity, mirrorX: true }, [64, 64])
  expect(Array.from(mirrored.boxes)).toEqual([54, 3, 62, 9, 0, 0, 4, 4])
  const shifted = placeBoxes(target, { ...identity, shiftX: 3 }, [64, 64])
  expect(Array.from(shifted.boxes)).toEqual([5, 3, 13, 9])
  expect(Array.from(shifted.labels)).toEqual([4])
})
