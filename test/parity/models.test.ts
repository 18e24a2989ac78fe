import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noGrad } from '../../src/autograd/gradMode.js'
import { createModel } from '../../src/models/index.js'
import { type Backend, setBackend } from '../../src/tensor/backend.js'
import { tensor } from '../../src/tensor/create.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import { scope } from '../../src/tensor/tensor.js'
import { variants } from '../../src/tensor/wasm/host/host.js'
import { WasmBackend } from '../../src/tensor/wasm/wasmBackend.js'
import '../support/allClose.js'
import { fixture } from '../support/fixtures.js'
import { hashInit, hashParameter } from '../support/hashInit.js'
import { hashTensor } from '../support/hashTensor.js'

interface ModelFixture {
  input: { name: string; shape: number[] }
  logits: number[][]
  float32Error: number
  state: Record<string, number[]>
}

const ALL = [
  'vgg16',
  'resnet20',
  'resnet32',
  'resnet44',
  'resnet56',
  'resnet110',
  'ghost-vgg16',
  'ghost-resnet56',
  'ghostnet',
  'resnet50',
  'mobilenetv2',
  'mobilenetv3-small',
  'mobilenetv3-large',
  'shufflenetv2',
]

test('weights drawn from names are the numbers that PyTorch got', () => {
  const { cases } = fixture<{ cases: { name: string; shape: number[]; parameter: number[] | null }[] }>('hash')
  for (const { name, shape, parameter } of cases) {
    if (parameter) expect(hashParameter(name, shape).slice(0, parameter.length)).toBeAllClose(parameter, { what: name })
  }
})

describe('state-dict keys, their order and shapes', () => {
  beforeAll(() => setBackend(new ReferenceBackend()))
  test.each(ALL)('%s', (name) => {
    const { state } = fixture<ModelFixture>(`models-${name}`)
    const own = Object.entries(createModel(name).stateDict()).map(([key, value]) => [key, value.shape])
    expect(own).toEqual(Object.entries(state))
  })
})

/** The readable backend is slow: it takes the small networks, one of each kind. */
const BACKENDS: [string, string[], () => Backend][] = [
  ...variants.map((variant): [string, string[], () => Backend] => [
    `wasm ${variant}`,
    ALL,
    () => new WasmBackend({ threads: 2, variant }),
  ]),
  ['reference float32', ['resnet20', 'ghost-resnet56', 'ghostnet'], () => new ReferenceBackend()],
]

describe.each(BACKENDS)('logits on %s', (_, names, make) => {
  let backend: Backend
  beforeAll(() => {
    backend = make()
    setBackend(backend)
  })
  afterAll(() => backend.close())

  test.each(names)('%s', (name) => {
    const { input, logits, float32Error } = fixture<ModelFixture>(`models-${name}`)
    const model = hashInit(createModel(name)).eval()
    const expected = logits.flat()
    const got = scope(() => noGrad(() => model.call(tensor(hashTensor(input), input.shape)).data))
    // Rounding in PyTorch's own float32 is the measure; both are relative to the largest logit.
    const largest = Math.max(...expected.map(Math.abs))
    expect(got).toBeAllClose(expected, { absolute: 10 * float32Error * largest, what: 'logits' })
  })
})
