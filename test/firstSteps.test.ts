/**
 * PyTorch's beginner tutorials (https://pytorch.org/tutorials/beginner), retold in ghostgrad as somebody would write them who knows
 * PyTorch: no scopes, no named parameters.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import * as F from '../src/autograd/functional.js'
import {
  arange,
  defineOp,
  full,
  manualSeed,
  noGrad,
  ones,
  ReferenceBackend,
  rand,
  randn,
  setBackend,
  type Tensor,
  tensor,
  WasmBackend,
  zeros,
} from '../src/index.js'
import { loadWeights, saveWeights } from '../src/io/index.js'
import {
  BatchNorm2d,
  Conv2d,
  CrossEntropyLoss,
  Dropout,
  Flatten,
  Linear,
  MaxPool2d,
  Module,
  MSELoss,
  Parameter,
  ReLU,
  Sequential,
} from '../src/nn/index.js'
import { AdamW, CosineLR, EMA, MultiStepLR, SGD } from '../src/optim/index.js'
import './support/allClose.js'

/** sin x at 200 places of [−π, π]. */
const xs = Float64Array.from({ length: 200 }, (_, i) => -Math.PI + (2 * Math.PI * i) / 199)
const ys = xs.map(Math.sin)

describe.each([
  { name: 'reference', make: () => new ReferenceBackend() },
  { name: 'wasm', make: () => new WasmBackend({ threads: 1 }) },
])('on the $name backend', ({ make }) => {
  let backend: ReturnType<typeof make>
  beforeAll(() => {
    backend = make()
    setBackend(backend)
  })
  afterAll(() => {
    setBackend(new ReferenceBackend())
    return backend.close()
  })
  beforeEach(() => manualSeed(1))

  describe('introduction to PyTorch', () => {
    test('tensors', () => {
      const data = [
        [1, 2],
        [3, 4],
      ]
      const x = tensor(data)
      expect([x.shape, x.rank, x.size]).toEqual([[2, 2], 2, 4])
      expect(
        ones([2, 3])
          .add(zeros([2, 3]))
          .toArray(),
      ).toEqual([
        [1, 1, 1],
        [1, 1, 1],
      ])
      expect(rand([2, 3]).data.every((v) => v >= 0 && v < 1)).toBe(true)
      expect(x.slice([null, [-1]]).toArray()).toEqual([[2], [4]])
      expect(F.concat([x, x], 1).shape).toEqual([2, 4])
      expect(x.matmul(x.transpose(0, 1)).toArray()).toEqual([
        [5, 11],
        [11, 25],
      ])
      expect(x.mul(x).sum().item()).toBe(30)
      const [first, second] = x.toArray() as number[][]
      expect([first, second]).toEqual(data)
    })

    test('automatic differentiation', () => {
      const x = ones([5]).reshape([1, 5])
      const y = zeros([1, 3])
      const w = randn([5, 3], { requiresGrad: true })
      const b = randn([3], { requiresGrad: true })
      const z = x.matmul(w).add(b)
      const loss = F.mseLoss(z, y)
      loss.backward()
      expect(w.grad!.shape).toEqual([5, 3])
      expect(b.grad!).toBeAllClose(z.mul(2 / 3), { relative: 1e-6, absolute: 1e-6 })
    })

    test('disabling gradient tracking', () => {
      const w = randn([5, 3], { requiresGrad: true })
      expect(ones([1, 5]).matmul(w).requiresGrad).toBe(true)
      expect(noGrad(() => ones([1, 5]).matmul(w)).requiresGrad).toBe(false)
      expect(ones([1, 5]).matmul(w).detach().requiresGrad).toBe(false)
    })

    test('gradients of a tensor, and their accumulation', () => {
      const input = tensor([[1, 0], [0, 1], [0, 0]], { requiresGrad: true }) // biome-ignore format: a matrix
      const out = input.add(1).pow(2).transpose(0, 1)
      out.backward(ones([2, 3]), { retainGraph: true })
      expect(input.grad!.toArray()).toEqual([[4, 2], [2, 4], [2, 2]]) // biome-ignore format: a matrix
      out.backward(ones([2, 3]))
      expect(input.grad!.toArray()).toEqual([[8, 4], [4, 8], [4, 4]]) // biome-ignore format: a matrix
      input.zeroGrad()
      expect(input.grad).toBeNull()
    })

    class NeuralNetwork extends Module {
      readonly flatten = new Flatten()
      readonly stack = new Sequential(new Linear(64, 32), new ReLU(), new Linear(32, 10))

      forward(x: Tensor): Tensor {
        return this.stack.call(this.flatten.call(x))
      }
    }

    test('quickstart: a training and a test loop', () => {
      const images = randn([40, 1, 8, 8])
      const labels = Array.from({ length: 40 }, (_, i) => i % 10)
      const model = new NeuralNetwork()
      const lossFn = new CrossEntropyLoss()
      const optimizer = new SGD(model.parameters(), { lr: 0.5 })
      for (let epoch = 0; epoch < 30; epoch++) {
        model.train()
        const loss = lossFn.call(model.call(images), labels)
        loss.backward()
        optimizer.step()
        optimizer.zeroGrad()
      }
      model.eval()
      const correct = noGrad(() => {
        const pred = model.call(images).toArray() as number[][]
        return pred.filter((row, i) => row.indexOf(Math.max(...row)) === labels[i]).length
      })
      expect(correct).toBe(40)
    })

    test('save and load the model', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'ghostgrad-'))
      const file = join(folder, 'model.safetensors')
      const model = new NeuralNetwork()
      await saveWeights(file, model.stateDict())
      const other = new NeuralNetwork()
      other.loadStateDict(await loadWeights(file))
      const x = randn([2, 1, 8, 8])
      expect(other.call(x).toArray()).toEqual(model.call(x).toArray())
      rmSync(folder, { recursive: true })
    })
  })

  describe('learning PyTorch with examples: a polynomial for sin x', () => {
    const x = () => tensor(xs)
    const y = () => tensor(ys)

    test('with gradients by hand', () => {
      let [a, b, c, d] = [0, 0, 0, 0] as [number, number, number, number]
      const x1 = x()
      for (let t = 0; t < 500; t++) {
        const pred = x1.pow(3).mul(d).add(x1.square().mul(c)).add(x1.mul(b)).add(a)
        const g = pred.sub(y()).mul(2)
        a -= 1e-5 * g.sum().item()
        b -= 1e-5 * g.mul(x1).sum().item()
        c -= 1e-5 * g.mul(x1.square()).sum().item()
        d -= 1e-5 * g.mul(x1.pow(3)).sum().item()
      }
      expect(Math.abs(a) + Math.abs(c)).toBeLessThan(0.01)
      expect(b).toBeGreaterThan(0.2)
    })

    test('with autograd, and updates in place', () => {
      const parameters = Array.from({ length: 4 }, () => tensor(0, { requiresGrad: true }))
      let loss = full([], 0)
      for (let t = 0; t < 500; t++) {
        const [a, b, c, d] = parameters as [Tensor, Tensor, Tensor, Tensor]
        const pred = x().pow(3).mul(d).add(x().square().mul(c)).add(x().mul(b)).add(a)
        loss = pred.sub(y()).square().sum()
        loss.backward()
        for (const p of parameters) {
          noGrad(() => p.set(p.sub(p.grad!.mul(1e-5)).data))
          p.zeroGrad()
        }
      }
      expect(loss.item()).toBeLessThan(20)
    })

    test('with an operation of our own', () => {
      const legendre3 = defineOp<void, Tensor['array']>({
        name: 'legendrePolynomial3',
        rule: 'dx = dy · 1.5 · (5x² − 1)',
        forward: ([x], _, { backend }) => {
          const cube = backend.affine(backend.pow(x!, 3), 2.5, 0)
          return { out: backend.binary('sub', cube, backend.affine(x!, 1.5, 0)), saved: x! }
        },
        backward: (dy, x, { backend }) => [backend.binary('mul', dy, backend.affine(backend.pow(x, 2), 7.5, -1.5))],
      })
      const z = tensor([2], { requiresGrad: true })
      legendre3([z]).sum().backward()
      expect(z.grad!.toArray()).toEqual([28.5])
    })

    const powers = () =>
      F.concat(
        [1, 2, 3].map((p) => x().pow(p).reshape([200, 1])),
        1,
      )

    test('with nn and its losses', () => {
      const model = new Sequential(new Linear(3, 1), new Flatten())
      const lossFn = new MSELoss()
      let loss = 0
      for (let t = 0; t < 300; t++) {
        const value = lossFn.call(model.call(powers()), y().reshape([200, 1]))
        loss = value.item()
        for (const p of model.parameters()) p.zeroGrad()
        value.backward()
        noGrad(() => {
          for (const p of model.parameters()) p.set(p.sub(p.grad!.mul(1e-3)).data)
        })
      }
      expect(loss).toBeLessThan(0.3)
    })

    test('with optim', () => {
      const model = new Sequential(new Linear(3, 1))
      const optimizer = new AdamW(model.parameters(), { lr: 0.05, weightDecay: 0 })
      let loss = 1
      for (let t = 0; t < 300; t++) {
        const value = F.mseLoss(model.call(powers()), y().reshape([200, 1]))
        loss = value.item()
        optimizer.zeroGrad()
        value.backward()
        optimizer.step()
      }
      expect(loss).toBeLessThan(0.01)
    })

    test('with a module of our own', () => {
      class Polynomial3 extends Module {
        readonly a = new Parameter([1])
        readonly b = new Parameter([1])

        forward(x: Tensor): Tensor {
          return this.a.add(this.b.mul(x))
        }
      }
      const model = new Polynomial3()
      expect(Array.from(model.namedParameters(), ([name]) => name)).toEqual(['a', 'b'])
      model
        .call(tensor([2, 3]))
        .sum()
        .backward()
      expect([model.a.grad!.item(), model.b.grad!.item()]).toEqual([2, 5])
    })

    test('with control flow and shared weights', () => {
      class DynamicNet extends Module {
        readonly e = new Parameter([1], 0.5)

        forward(x: Tensor): Tensor {
          let y = x
          for (let exp = 0; exp < 3; exp++) y = y.mul(this.e)
          return y
        }
      }
      const model = new DynamicNet()
      model.call(tensor([2])).backward()
      expect(model.e.grad!.item()).toBe(1.5) // 3 e² · 2
    })
  })

  test('what is torch.nn really: logistic regression from scratch', () => {
    const x = randn([32, 8])
    const labels = Array.from({ length: 32 }, (_, i) => ((x.toArray() as number[][])[i]![0]! > 0 ? 1 : 0))
    const weights = randn([8, 2], { requiresGrad: true })
    const bias = zeros([2], { requiresGrad: true })
    const nll = () => {
      const logProbabilities = x.matmul(weights).add(bias).logSoftmax(1)
      return F.mean(logProbabilities.mul(tensor(labels.map((k) => [k === 0 ? -2 : 0, k === 1 ? -2 : 0]))))
    }
    const before = nll().item()
    for (let i = 0; i < 100; i++) {
      nll().backward()
      for (const p of [weights, bias]) {
        p.set(p.detach().sub(p.grad!.mul(0.5)).data)
        p.zeroGrad()
      }
    }
    expect(nll().item()).toBeLessThan(before / 5)
  })

  test('training a classifier: LeNet', () => {
    class Net extends Module {
      readonly conv1 = new Conv2d(3, 6, 5)
      readonly pool = new MaxPool2d(2, { stride: 2 })
      readonly conv2 = new Conv2d(6, 16, 5)
      readonly fc1 = new Linear(16 * 5 * 5, 120)
      readonly fc2 = new Linear(120, 10)

      forward(x: Tensor): Tensor {
        let y = this.pool.call(F.relu(this.conv1.call(x)))
        y = this.pool.call(F.relu(this.conv2.call(y)))
        y = y.flatten(1)
        return this.fc2.call(F.relu(this.fc1.call(y)))
      }
    }
    const net = new Net()
    const optimizer = new SGD(net.parameters(), { lr: 0.02, momentum: 0.9 })
    const images = rand([4, 3, 32, 32])
    let runningLoss = 0
    for (let i = 0; i < 4; i++) {
      optimizer.zeroGrad()
      const loss = F.crossEntropy(net.call(images), [0, 1, 2, 3])
      loss.backward()
      optimizer.step()
      runningLoss = loss.item()
    }
    expect(runningLoss).toBeLessThan(2.31)
  })

  test('transfer learning: a frozen body, a new head, a schedule', () => {
    const body = new Sequential(new Conv2d(1, 4, 3), new BatchNorm2d(4), new ReLU(), new Flatten())
    for (const p of body.parameters()) p.requiresGrad = false
    const head = new Linear(4 * 36, 2)
    const model = new Sequential(body, head)
    const trained = model.parameters().filter((p) => p.requiresGrad)
    const optimizer = new SGD(trained, { lr: 0.01, momentum: 0.9 })
    const scheduler = new MultiStepLR(optimizer, { milestones: [7], gamma: 0.1 })
    const frozen = body.parameters().map((p) => p.toArray())
    for (let epoch = 0; epoch < 8; epoch++) {
      optimizer.zeroGrad()
      F.crossEntropy(model.call(rand([4, 1, 8, 8])), [0, 1, 0, 1]).backward()
      optimizer.step()
      scheduler.step()
    }
    expect(optimizer.lr).toBeCloseTo(0.001)
    expect(body.parameters().map((p) => p.toArray())).toEqual(frozen)
  })

  test('saving a general checkpoint, to go on later', () => {
    const make = () => {
      const model = new Linear(2, 1)
      return { model, optimizer: new SGD(model.parameters(), { lr: 0.1, momentum: 0.9 }) }
    }
    const step = ({ model, optimizer }: ReturnType<typeof make>) => {
      optimizer.zeroGrad()
      F.mseLoss(model.call(ones([1, 2])), ones([1, 1])).backward()
      optimizer.step()
    }
    const first = make()
    step(first)
    const checkpoint = { model: first.model.stateDict(), optimizer: first.optimizer.stateDict() }
    expect(Object.keys(checkpoint.optimizer)).toEqual(['0.step', '0.momentum_buffer', '1.step', '1.momentum_buffer'])
    const second = make()
    second.model.loadStateDict(checkpoint.model)
    second.optimizer.loadStateDict(checkpoint.optimizer)
    step(first)
    step(second)
    expect(second.model.stateDict()).toEqual(first.model.stateDict())
  })

  test('adversarial examples: the sign of the gradient of an image', () => {
    const model = new Linear(3, 2)
    const image = tensor([[0.2, 0.4, 0.6]], { requiresGrad: true })
    const loss = F.crossEntropy(model.call(image), [0])
    loss.backward()
    const sign = tensor(image.grad!.data.map(Math.sign), [1, 3])
    const perturbed = image.detach().add(sign.mul(0.1))
    expect(F.crossEntropy(model.call(perturbed), [0]).item()).toBeGreaterThan(loss.item())
  })

  test('parameter groups, weight averaging, dropout, a cosine', () => {
    const model = new Sequential(new Linear(4, 8), new Dropout(0.5), new Linear(8, 1))
    const optimizer = new SGD(
      [{ params: model[0]!.parameters() }, { params: model[2]!.parameters(), lr: 0.001, weightDecay: 1e-4 }],
      { lr: 0.01, momentum: 0.9 },
    )
    const scheduler = new CosineLR(optimizer, { steps: 10 })
    const ema = new EMA(model.namedParameters(), { decay: 0.9 })
    for (let i = 0; i < 10; i++) {
      optimizer.zeroGrad()
      model
        .call(randn([2, 4]))
        .square()
        .mean()
        .backward()
      optimizer.step()
      scheduler.step()
      ema.update()
    }
    expect(optimizer.groups.map(({ options }) => options.lr)).toEqual([0, 0])
    model.eval()
    const x = ones([1, 4])
    expect(model.call(x).toArray()).toEqual(model.call(x).toArray())
  })

  test('visualizing gradients: hooks on layers', () => {
    const model = new Sequential(new Linear(4, 4), new ReLU(), new Linear(4, 1))
    const norms = new Map<string, number>()
    for (const [name, layer] of model.namedModules()) {
      if (!(layer instanceof Linear)) continue
      layer.registerFullBackwardHook((_, __, [gradient]) => {
        norms.set(name, gradient!.square().sum().sqrt().item())
      })
    }
    model
      .call(ones([2, 4]))
      .sum()
      .backward()
    expect([...norms.keys()]).toEqual(['2', '0'])
  })

  test('a loop over a range of learning rates', () => {
    const losses = [0.1, 0.01].map((lr) => {
      manualSeed(0)
      const model = new Linear(1, 1)
      const optimizer = new SGD(model.parameters(), { lr })
      const x = arange(4).reshape([4, 1])
      for (let i = 0; i < 20; i++) {
        optimizer.zeroGrad()
        F.mseLoss(model.call(x), x.mul(3)).backward()
        optimizer.step()
      }
      return F.mseLoss(model.call(x), x.mul(3)).item()
    })
    expect(losses[0]).toBeLessThan(losses[1]!)
  })
})

describe('slips of somebody who knows PyTorch are named', () => {
  const model = () => new Linear(2, 1)
  const any = (value: unknown) => value as never

  test.each([
    [
      'an option of another name',
      () => new SGD(model().parameters(), any({ learningRate: 0.1 })),
      'SGD: unknown option "learningRate"; expected lr, momentum, dampening, weightDecay, nesterov',
    ],
    [
      'an option in snake case',
      () => new AdamW(model().parameters(), any({ weight_decay: 0.1 })),
      'AdamW: unknown option "weight_decay"; expected lr, betas, eps, weightDecay',
    ],
    [
      'an option of a group',
      () => new SGD([any({ params: model().parameters(), rate: 1 })], { lr: 1 }),
      'SGD, a group: unknown option "rate"; expected momentum, dampening, weightDecay, nesterov, lr',
    ],
    ['no learning rate', () => new SGD(model().parameters(), any({})), 'SGD: expected lr >= 0, got undefined'],
    [
      'the model itself',
      () => new SGD(any(model()), { lr: 1 }),
      'SGD: expected model.parameters(), or groups like { params, lr }, got Linear',
    ],
    ['a text', () => tensor(any(['a'])), 'tensor: expected numbers, got "a" (string)'],
    ['nothing', () => tensor(any([1, undefined])), 'tensor: expected numbers, got undefined'],
    ['a truth value', () => tensor(any([[true]])), 'tensor: expected numbers, got true (boolean)'],
    ['a tensor of a tensor', () => tensor(any([ones([1])])), 'tensor: expected numbers, got a Tensor'],
    ['texts and a shape', () => tensor(any(['1', '2']), [2]), 'tensor: expected numbers, got "1" (string)'],
    [
      'an option of a tensor',
      () => tensor([1], any({ requires_grad: true })),
      'tensor: unknown option "requires_grad"; expected requiresGrad',
    ],
    ['sizes one by one', () => zeros(any(2), any(3)), 'full: expected a shape, an array such as [2, 3], got 2'],
    ['sizes of random numbers', () => randn(any(2), any(3)), 'randn: expected a shape, an array such as [2, 3], got 2'],
    [
      'an option of a layer',
      () => new Conv2d(1, 1, 3, any({ paddings: 1 })),
      'Conv2d: unknown option "paddings"; expected stride, padding, dilation, groups, bias, generator',
    ],
  ])('%s', (_, slip, message) => {
    expect(slip).toThrow(message)
  })
})
