import { describe, expect, test } from 'vitest'
import { GhostNet, Vgg } from '../../src/models/index.js'
import { Conv2d, GhostModule } from '../../src/nn/index.js'
import { setBackend } from '../../src/tensor/backend.js'
import { randn } from '../../src/tensor/create.js'
import { Generator } from '../../src/tensor/random.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'

setBackend(new ReferenceBackend())

const build = (options: object) => new GhostNet({ width: 0.25, generator: new Generator(1), ...options })
const images = randn([2, 3, 32, 32], { generator: new Generator(2) })

describe('GhostNet', () => {
  test('dropout acts in training only and has no state', () => {
    const plain = build({})
    const dropping = build({ dropout: 0.5 })
    expect(Object.keys(dropping.stateDict())).toEqual(Object.keys(plain.stateDict()))
    dropping.loadStateDict(plain.stateDict())
    expect(dropping.eval().call(images).data).toEqual(plain.eval().call(images).data)
    const first = dropping.train().call(images).data
    expect(dropping.call(images).data).not.toEqual(first)
  })

  test('the stem has stride 2 at 224 pixels, and no other weights', () => {
    expect(build({}).convStem.stride).toBe(1)
    expect(build({ inputSize: 224 }).convStem.stride).toBe(2)
    expect(build({ inputSize: 224 }).numParameters).toBe(build({}).numParameters)
  })
})

test('VGG: the first convolution is plain unless ghostFirst says otherwise', () => {
  expect(new Vgg({ ghost: { s: 4 } }).features[0]).toBeInstanceOf(Conv2d)
  expect(new Vgg({ ghost: { s: 4, ghostFirst: true } }).features[0]).toBeInstanceOf(GhostModule)
})
