// Draws assets/cifar10-sample from the full CIFAR-10 in the cache: `npm run build && node scripts/makeSample.mjs`.
import { mkdirSync, writeFileSync } from 'node:fs'
import { loadCifar10 } from '../dist/src/data/cifar10.js'
import { imageBytes, toRecords } from '../dist/src/data/cifarRecords.js'
import { Generator } from '../dist/src/tensor/random.js'

const folder = new URL('../assets/cifar10-sample/', import.meta.url)
const { train, test } = await loadCifar10()
mkdirSync(folder, { recursive: true })
writeFileSync(new URL('train.bin', folder), sample(train, 50))
writeFileSync(new URL('test.bin', folder), sample(test, 20))

/** The first `perClass` images of each class in an order shuffled with seed 0, in that order. */
function sample({ images, labels, count, classes }, perClass) {
  const taken = new Array(classes.length).fill(0)
  const order = new Generator(0).shuffle(Array.from({ length: count }, (_, i) => i))
  const chosen = order.filter((i) => taken[labels[i]]++ < perClass)
  const pixels = Buffer.concat(chosen.map((i) => images.subarray(i * imageBytes, (i + 1) * imageBytes)))
  return toRecords(
    chosen.map((i) => labels[i]),
    pixels,
    'planar',
  )
}
