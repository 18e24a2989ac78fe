/** What the JavaScript peers share: arguments, the check that it is the same network, timing, and one line of JSON. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { parseArgs } from 'node:util'
import { hashTensor, storedNetwork } from './weights.mjs'

/** The version of an installed package. */
export function versionOf(name) {
  for (const folder of createRequire(import.meta.url).resolve.paths(name)) {
    try {
      return JSON.parse(readFileSync(`${folder}/${name}/package.json`, 'utf8')).version
    } catch {}
  }
  throw new Error(`${name} is not installed (npm ci --prefix bench/peers)`)
}

/** Largest difference to PyTorch's logits, as a fraction of the largest logit. */
function checkLogits(model, got, expected) {
  const largest = Math.max(...expected.map(Math.abs))
  const error = Math.max(...expected.map((value, i) => Math.abs(value - got[i]))) / largest
  if (!(error < 1e-3))
    throw new Error(`${model}: expected PyTorch's logits, got others: ${error} off, relative to the largest`)
}

const median = (times) => times.toSorted((a, b) => a - b)[times.length >> 1]

/** Milliseconds of each step until `seconds` are over, the first three left out unless there is no other. */
async function time(step, seconds) {
  const now = () => performance.now()
  const times = []
  for (const start = now(); now() - start < 1000 * seconds || times.length === 0; ) {
    const before = now()
    await step()
    times.push(now() - before)
  }
  return times.length > 3 ? times.slice(3) : times.slice(-1)
}

/**
 * Run one peer as a program: `--model M --task training|inference --batch-size B --threads T --seconds S`.
 *
 * `load({ model, parameters, threads, task })` gives `{ backend, logits(images, count), training?(images, labels, count), inference?(images,
 * count) }`: images are (count, 3, 32, 32), `logits` a flat array, the other two return a function that does one step. `most`: the
 * largest batch of a task, where a step of more would take minutes.
 */
export async function runPeer({ version, most = {}, load }) {
  const { values } = parseArgs({
    options: {
      model: { type: 'string' },
      task: { type: 'string', default: 'training' },
      'batch-size': { type: 'string', default: '128' },
      threads: { type: 'string', default: '1' },
      seconds: { type: 'string', default: '5' },
    },
  })
  const { model, task } = values
  const [asked, threads, seconds] = ['batch-size', 'threads', 'seconds'].map((name) => Number(values[name]))
  const batchSize = Math.min(asked, most[task] ?? asked)

  const { parameters, logits } = storedNetwork(model)
  const peer = await load({ model, parameters, threads, task })
  checkLogits(model, await peer.logits(hashTensor('input', [2, 3, 32, 32]), 2), logits)

  const images = hashTensor('images', [batchSize, 3, 32, 32])
  const labels = Int32Array.from({ length: batchSize }, (_, i) => i % 10)
  const step = task === 'training' ? peer.training(images, labels, batchSize) : peer.inference(images, batchSize)
  const times = await time(step, seconds)
  const imagesPerSecond = (1000 * batchSize) / median(times)
  console.log(JSON.stringify({ imagesPerSecond, batchSize, steps: times.length, version, backend: peer.backend }))
  process.exit(0)
}
