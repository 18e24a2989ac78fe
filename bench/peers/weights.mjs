/** Weights and inputs computed from names, as test/fixtures/README.md defines them, so that every framework runs the same network. */
import { readFileSync } from 'node:fs'

function* hashValues(name) {
  let seed = 0x811c9dc5
  for (const byte of Buffer.from(name)) seed = Math.imul(seed ^ byte, 0x01000193)
  for (let i = 1; ; i++) {
    let t = (seed + Math.imul(i, 0x6d2b79f5)) | 0
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    yield 2 * ((((t ^ (t >>> 14)) >>> 0) >>> 8) / 2 ** 24) - 1
  }
}

const size = (shape) => shape.reduce((a, b) => a * b, 1)

function filled(name, shape, of) {
  const values = hashValues(name)
  return Float32Array.from({ length: size(shape) }, () => of(values.next().value))
}

export const hashTensor = (name, shape) => filled(name, shape, (v) => v)

function parameter(key, shape) {
  if (/running_mean$|num_batches_tracked$/.test(key)) return new Float32Array(size(shape))
  if (key.endsWith('running_var')) return new Float32Array(size(shape)).fill(1)
  if (shape.length > 1) {
    const scale = Math.sqrt(6 / size(shape.slice(1)))
    return filled(key, shape, (v) => v * scale)
  }
  return filled(key, shape, key.endsWith('.bias') ? (v) => 0.1 * v : (v) => 1 + 0.1 * v)
}

/** The stored network: `parameters`, a map of key to { shape, values }, and PyTorch's `logits` for `hashTensor('input', [2, 3, 32, 32])`. */
export function storedNetwork(model) {
  const file = new URL(`../../test/fixtures/models-${model}.json`, import.meta.url)
  const { state, logits } = JSON.parse(readFileSync(file, 'utf8'))
  const entries = Object.entries(state).filter(([key]) => !key.endsWith('num_batches_tracked'))
  return {
    parameters: new Map(entries.map(([key, shape]) => [key, { shape, values: parameter(key, shape) }])),
    logits: logits.flat(Infinity),
  }
}
