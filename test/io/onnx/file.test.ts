import { describe, expect, it } from 'vitest'
import * as F from '../../../src/autograd/functional.js'
import { exportOnnx } from '../../../src/io/onnx/export.js'
import { BatchNorm2d } from '../../../src/nn/batchNorm.js'
import { Conv2d } from '../../../src/nn/conv2d.js'
import { Linear } from '../../../src/nn/linear.js'
import { Module } from '../../../src/nn/module.js'
import { Sequential } from '../../../src/nn/sequential.js'
import { setBackend } from '../../../src/tensor/backend.js'
import { tensor } from '../../../src/tensor/create.js'
import { GhostgradError } from '../../../src/tensor/errors.js'
import { Generator } from '../../../src/tensor/random.js'
import { ReferenceBackend } from '../../../src/tensor/reference/referenceBackend.js'
import type { Tensor } from '../../../src/tensor/tensor.js'
import '../../support/allClose.js'
import { hashTensor } from '../../support/hashTensor.js'
import { Calls, kinds, read, runOnnx, trainedLike } from './support.js'

setBackend(new ReferenceBackend())
const generator = new Generator(0)

const small = () =>
  trainedLike(
    new Sequential(
      new Conv2d(1, 2, 3, { generator }),
      new BatchNorm2d(2),
      new Calls(F.flatten),
      new Linear(8, 3, { generator }),
    ),
  )

describe('the file', () => {
  it('names nodes by modules and weights as the state dict does', () => {
    const { graph } = read(exportOnnx(small(), { inputShape: [1, 4, 4], name: 'small' }))
    expect(graph.name).toBe('small')
    expect(graph.node.map((node: { name: string; opType: string }) => [node.name, node.opType])).toEqual([
      ['0/Conv', 'Conv'],
      ['1/BatchNormalization', 'BatchNormalization'],
      ['2/Flatten', 'Flatten'],
      ['3/Gemm', 'Gemm'],
    ])
    expect(graph.initializer.map(({ name, dims }: { name: string; dims: number[] }) => [name, dims])).toEqual([
      ['0.weight', [2, 1, 3, 3]],
      ['0.bias', [2]],
      ['1.weight', [2]],
      ['1.bias', [2]],
      ['1.running_mean', [2]],
      ['1.running_var', [2]],
      ['3.weight', [3, 8]],
      ['3.bias', [3]],
    ])
  })

  it('folded, has no batch norm and none of its arrays', () => {
    const { graph } = read(exportOnnx(small(), { inputShape: [1, 4, 4], foldBatchNorm: true }))
    expect(graph.node.map((node: { opType: string }) => node.opType)).toEqual(['Conv', 'Flatten', 'Gemm'])
    const names = graph.initializer.map(({ name }: { name: string }) => name)
    expect(names).toEqual(['0.weight', '0.bias', '3.weight', '3.bias'])
  })

  it('states opset, producer, metadata and shapes', () => {
    const metadata = { classes: '["a","b"]', mean: '[0.5]' }
    const file = read(exportOnnx(small(), { inputShape: [1, 4, 4], version: '1.2.3', metadata }))
    expect(file).toMatchObject({ irVersion: 8, producerName: 'ghostgrad', producerVersion: '1.2.3' })
    expect(file.opsetImport).toEqual([{ domain: '', version: 17 }])
    expect(file.metadataProps).toEqual([
      { key: 'classes', value: '["a","b"]' },
      { key: 'mean', value: '[0.5]' },
    ])
    const dims = (value: { type: { tensorType: { shape: { dim: object[] } } } }) => value.type.tensorType.shape.dim
    expect(file.graph.input.map(dims)).toEqual([
      [{ dimParam: 'batch' }, { dimValue: 1 }, { dimValue: 4 }, { dimValue: 4 }],
    ])
    expect(file.graph.output.map(dims)).toEqual([[{ dimParam: 'batch' }, { dimValue: 3 }]])
  })

  it('takes a fixed batch, and then what depends on it', async () => {
    const model = new Calls((x) => F.reshape(x, [2, x.size / 2]))
    const bytes = exportOnnx(model, { inputShape: [3], batch: 4 })
    const { data, dims } = await runOnnx(
      bytes,
      Float32Array.from({ length: 12 }, (_, i) => i),
      [4, 3],
    )
    expect([[...data], dims]).toEqual([Array.from({ length: 12 }, (_, i) => i), [2, 6]])
  })

  it('leaves the modes of the modules as they were', () => {
    const model = small().train()
    model[1]!.eval()
    exportOnnx(model, { inputShape: [1, 4, 4] })
    expect(Array.from(model.namedModules(), ([, { training }]) => training)).toEqual([true, true, false, true, true])
  })

  it('does not fold a convolution whose output is needed as it is', async () => {
    class Twice extends Module {
      readonly conv = new Conv2d(1, 2, 1, { bias: false, generator })
      readonly bn = new BatchNorm2d(2)
      forward(x: Tensor): Tensor {
        const y = this.conv.call(x)
        return F.add(this.bn.call(y), y)
      }
    }
    const model = trainedLike(new Twice()).eval()
    const bytes = exportOnnx(model, { inputShape: [1, 2, 2], foldBatchNorm: true })
    expect(kinds(bytes)).toEqual(['Conv', 'BatchNormalization', 'Add'])
    const x = hashTensor({ name: 'x', shape: [1, 1, 2, 2] })
    expect((await runOnnx(bytes, x, [1, 1, 2, 2])).data).toBeAllClose(model.call(tensor(x, [1, 1, 2, 2])), {
      absolute: 1e-5,
    })
  })
})

describe('refuses', () => {
  it.each<[string, Module, number[], string | RegExp]>([
    [
      'an operation without a counterpart',
      new Calls((x) => F.crossEntropy(x, new Array(x.shape[0]!).fill(1))),
      [3],
      /^ONNX export: the operation "crossEntropy" in "" has no counterpart; those that have: conv2d, convTranspose2d, batchNorm/,
    ],
    [
      'a batch norm without running statistics',
      new Sequential(new BatchNorm2d(1, { trackRunningStats: false })),
      [1, 2, 2],
      /^ONNX export: the batch norm "0" keeps no running statistics/,
    ],
    [
      'windows of unequal size',
      new Calls((x) => F.adaptiveAvgPool2d(x, 3)),
      [1, 7, 6],
      /adaptiveAvgPool2d in "" averages \(7, 6\) down to \(3, 3\) by windows of unequal size/,
    ],
    [
      'a mean over the batch',
      new Calls((x) => F.mean(x)),
      [3],
      '"scale" is not the same for every input: it comes from the input without being recorded (detach, noGrad), or depends',
    ],
    [
      'a result that was taken off the tape',
      new Calls((x) => F.add(x, F.sum(x.detach(), 0).retain())),
      [3],
      '"constant" is not the same for every input',
    ],
    [
      'a constant that is gone',
      new Calls((x) => F.add(x, tensor([1, 2, 3]))),
      [3],
      'was made inside a module or scope that has ended, and its memory is reused; return it from there, or call retain()',
    ],
    [
      'a graph that depends on the batch',
      new Calls((x) => F.slice(x, [[0, x.shape[0]! - 1]])),
      [3],
      /depends on the batch/,
    ],
  ])('%s', (_, model, inputShape, message) => {
    const run = () => exportOnnx(model, { inputShape })
    expect(run).toThrow(GhostgradError)
    expect(run).toThrow(message)
  })
})
