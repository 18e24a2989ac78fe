import { describe, expect, it } from 'vitest'
import { cropDataset } from '../../src/data/cropCentre.js'
import { imagenetClasses } from '../../src/data/imagenetClasses.js'
import { asTrained } from '../../src/train/trained/trainedData.js'
import type { TrainedOn } from '../../src/train/trained/trainedOn.js'
import { tinyDataset } from './support.js'

const plain = { model: 'resnet20', options: {}, mean: [0.5], std: [0.5], height: 4, width: 4, cropShare: 1 }

/** Labels of three images of these classes, as a network of `classes` takes them. */
function labelsFor(names: readonly string[], classes: readonly string[], assumed: 'classes' | null = null) {
  const trainedOn: TrainedOn = { ...plain, classes }
  const dataset = { ...tinyDataset(3), labels: Uint8Array.of(0, 1, 2), classes: names }
  const trained = { trainedOn, file: 'w.pth', assumed: new Set(assumed === null ? [] : [assumed]) }
  const { dataset: taken, notes } = asTrained(dataset, trainedOn, trained)
  return { labels: [...taken.labels], classes: taken.classes, notes }
}

describe("classes of a data set become the network's", () => {
  const imagenet = imagenetClasses().map(({ name }) => name)

  it.each<[string, string[], readonly string[], number[], string[]]>([
    ['by name', ['b', 'a', 'c'], ['a', 'b', 'c', 'd'], [1, 0, 2], []],
    ['whatever the case and the spaces', ['Great_White_Shark', 'tench', 'GOLDFISH'], imagenet, [2, 0, 1], []],
    [
      'by WordNet id',
      ['n01443537', 'n01440764', 'n15075141'],
      imagenet,
      [1, 0, 999],
      ['classes are matched by their WordNet ids'],
    ],
    ['by number', ['10', '2', '0'], imagenet, [10, 2, 0], ['classes are matched by their numbers']],
  ])('%s', (_, names, classes, labels, notes) => {
    expect(labelsFor(names, classes)).toEqual({ labels, classes, notes })
  })

  it("by order where the network's were only assumed or have no names, and not else", () => {
    const expected = { labels: [0, 1, 2], classes: ['x', 'y', 'z'], notes: ['classes are matched by their order'] }
    expect(labelsFor(['x', 'y', 'z'], ['a', 'b', 'c'], 'classes')).toEqual(expected)
    expect(labelsFor(['x', 'y', 'z'], ['class 0', 'class 1', 'class 2'])).toEqual(expected)
    expect(() => labelsFor(['x', 'y', 'z'], ['a', 'b', 'c'])).toThrow(
      'w.pth does not know x, y, z; its classes: a, b, c',
    )
  })
})

it('images are cut around their centre', () => {
  const { images, height, count } = cropDataset(
    { ...tinyDataset(2), images: Uint8Array.from({ length: 32 }, (_, i) => i) },
    { height: 2, width: 2 },
  )
  expect([height, count, [...images]]).toEqual([2, 2, [5, 6, 9, 10, 21, 22, 25, 26]])
})
