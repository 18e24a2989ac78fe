/** Whole detectors against torchvision's, with weights made of names. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { backward } from '../../src/autograd/backward.js'
import * as F from '../../src/autograd/functional.js'
import { noGrad } from '../../src/autograd/gradMode.js'
import type { Detector, Found, Target } from '../../src/detect/models/detector.js'
import { FasterRcnn } from '../../src/detect/models/fasterRcnn.js'
import { RetinaNet } from '../../src/detect/models/retinanet.js'
import type { StateDict } from '../../src/nn/stateDict.js'
import { clipGradNorm } from '../../src/optim/clip.js'
import { SGD } from '../../src/optim/sgd.js'
import { getBackend, setBackend } from '../../src/tensor/backend.js'
import { tensor } from '../../src/tensor/create.js'
import { Generator } from '../../src/tensor/random.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import { scope, type Tensor } from '../../src/tensor/tensor.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'
import '../support/allClose.js'
import { fixture } from '../support/fixtures.js'
import { hashParameter } from '../support/hashInit.js'
import { type HashedInput, hashTensor } from '../support/hashTensor.js'

interface Some {
  step: number
  values: number[]
}

interface Stored {
  classes: number
  input: HashedInput
  keys: number
  state: Record<string, number[]>
  found: { boxes: number[][]; scores: number[]; labels: number[]; count: number }[]
}

interface StoredRetinaNet extends Stored {
  truths: { boxes: number[][]; labels: number[] }[]
  logits: Some
  codes: Some
  steps: { class: number; box: number; positives: number }[]
}

interface StoredFasterRcnn extends Stored {
  objectness: Some[]
  deltas: Some[]
}

beforeAll(() => setBackend(new WasmBackend({ threads: 2 })))
afterAll(async () => {
  const backend = getBackend()
  setBackend(new ReferenceBackend())
  await backend.close()
})

const states = new Map<string, StateDict>()

/** Numbers from names, scaled as in the fixtures. */
function fill<T extends Detector>(model: T): T {
  const kind = model.constructor.name
  const state = states.get(kind) ?? namedNumbers(model)
  states.set(kind, state)
  model.loadStateDict(state)
  return model.eval()
}

const namedNumbers = (model: Detector): StateDict =>
  Object.fromEntries(
    Object.entries(model.stateDict()).map(([name, value]) => {
      const data = hashParameter(name, value.shape)
      const factor = name.startsWith('backbone.body')
        ? 1
        : /cls_logits|bbox_pred/.test(name)
          ? 1 / 16
          : Math.fround(1 / 3)
      return [name, { ...value, data: data.map((v) => v * factor) }]
    }),
  )

const spread = ({ data }: Tensor, { step, values }: Some): Float32Array =>
  Float32Array.from(values, (_, i) => data[i * step]!)

function expectFound(found: readonly Found[], stored: Stored['found']): void {
  found.forEach(({ boxes, scores, labels }, n) => {
    const expected = stored[n]!
    expect(scores.length).toBe(expected.count)
    const count = expected.scores.length
    expect(Array.from(labels.subarray(0, count))).toEqual(expected.labels)
    expect(scores.subarray(0, count)).toBeAllClose(expected.scores, { absolute: 2e-4, what: 'scores' })
    expect(boxes.subarray(0, 4 * count)).toBeAllClose(expected.boxes.flat(), { absolute: 2e-2, what: 'boxes' })
  })
}

function expectKeys(model: Detector, { keys, state }: Stored): void {
  const own = model.stateDict()
  expect(Object.keys(own).length).toBe(keys)
  for (const [name, shape] of Object.entries(state)) expect(own[name]?.shape, name).toEqual(shape)
}

describe('RetinaNet with ResNet-50', () => {
  const stored = fixture<StoredRetinaNet>('detection-retinanet')
  const [count, , height, width] = stored.input.shape as [number, number, number, number]
  const make = () => fill(new RetinaNet({ numClasses: stored.classes, backbone: 'resnet50', extra: 'p5' }))
  const images = () => tensor(hashTensor(stored.input), stored.input.shape)
  const sizes = Array.from({ length: count }, (): [number, number] => [height, width])

  test("has torchvision's names and shapes", () => expectKeys(make(), stored))

  test("raw outputs and boxes are torchvision's", () => {
    const model = make()
    noGrad(() =>
      scope(() => {
        const raw = model.call(images())
        const K = stored.classes
        expect(spread(F.slice(raw, [null, null, [0, K]]), stored.logits)).toBeAllClose(stored.logits.values, {
          absolute: 5e-4,
          what: 'logits',
        })
        expect(spread(F.slice(raw, [null, null, [K, K + 4]]), stored.codes)).toBeAllClose(stored.codes.values, {
          absolute: 5e-4,
          what: 'codes',
        })
        expectFound(model.detect(images(), sizes, { most: 300 }), stored.found)
      }),
    )
  })

  test('ten steps of SGD lose what they lose in PyTorch', () => {
    const model = make()
    const targets = stored.truths.map(({ boxes, labels }): Target => {
      return { boxes: Float64Array.from(boxes.flat()), labels: Int32Array.from(labels) }
    })
    const optimizer = new SGD(model.namedParameters(), { lr: 0.0005, momentum: 0.9, weightDecay: 1e-4 })
    for (const expected of stored.steps) {
      scope(() => {
        const { class: classes, box } = model.losses(images(), targets)
        const loss = F.add(classes!, box!)
        expect(Math.abs(classes!.item() - expected.class) / expected.class).toBeLessThan(1e-3)
        expect(Math.abs(box!.item() - expected.box) / expected.box).toBeLessThan(1e-3)
        backward(loss)
        clipGradNorm(model.parameters(), 10)
        optimizer.step()
        optimizer.zeroGrad()
      })
    }
  }, 300_000)
})

describe('Faster R-CNN with ResNet-50', () => {
  const stored = fixture<StoredFasterRcnn>('detection-fasterrcnn')
  const [count, , height, width] = stored.input.shape as [number, number, number, number]
  const sizes = Array.from({ length: count }, (): [number, number] => [height, width])
  const make = () => fill(new FasterRcnn({ numClasses: stored.classes, backbone: 'resnet50' }))
  const images = () => tensor(hashTensor(stored.input), stored.input.shape)

  test("has torchvision's names and shapes", () => expectKeys(make(), stored))

  test("raw outputs and boxes are torchvision's", () => {
    const model = make()
    noGrad(() =>
      scope(() => {
        const { logits, codes } = model.rpn.head.call(model.backbone.call(images()))
        for (const [level, some] of stored.objectness.entries()) {
          expect(spread(logits[level]!, some)).toBeAllClose(some.values, { absolute: 2e-3, what: `level ${level}` })
        }
        for (const [level, some] of stored.deltas.entries()) {
          expect(spread(codes[level]!, some)).toBeAllClose(some.values, { absolute: 2e-3, what: `level ${level}` })
        }
        expectFound(model.detect(images(), sizes), stored.found)
      }),
    )
  })

  test('learns: on two boxes the loss falls', () => {
    const model = new FasterRcnn({
      numClasses: 2,
      backbone: 'resnet20',
      fpnChannels: 16,
      hidden: 32,
      regionSamples: 32,
      generator: new Generator(0),
    })
    const optimizer = new SGD(model.namedParameters(), { lr: 0.02, momentum: 0.9 })
    const targets = [{ boxes: Float64Array.of(4, 4, 20, 20), labels: Int32Array.of(1) }]
    const generator = new Generator(1)
    const losses = Array.from({ length: 12 }, () =>
      scope(() => {
        const x = tensor(hashTensor({ name: 'x', shape: [1, 3, 32, 32] }), [1, 3, 32, 32])
        const total = Object.values(model.losses(x, targets, generator)).reduce((a, b) => F.add(a, b))
        const value = total.item()
        backward(total)
        optimizer.step()
        optimizer.zeroGrad()
        return value
      }),
    )
    expect(losses.at(-1)).toBeLessThan(losses[0]! * 0.8)
  }, 120_000)
})
