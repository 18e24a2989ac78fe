import { beforeAll, describe, expect, it } from 'vitest'
import { createModel } from '../../src/models/registry.js'
import { JointOptimizer } from '../../src/optim/jointOptimizer.js'
import { setBackend } from '../../src/tensor/backend.js'
import { ReferenceBackend } from '../../src/tensor/reference/referenceBackend.js'
import { buildOptimizer } from '../../src/train/buildOptimizer.js'
import type { PartialConfig } from '../../src/train/config.js'
import { objectLayer, readConfig } from '../../src/train/readConfig.js'

beforeAll(() => setBackend(new ReferenceBackend()))

/** Each part as `Rule lr: names`. */
function describeParts(settings: PartialConfig): string[] {
  const config = readConfig(objectLayer(settings, 'here'))
  const optimizer = buildOptimizer(config, createModel(config.model, { seed: 0 }), 10)
  const parts = optimizer instanceof JointOptimizer ? optimizer.parts : [{ optimizer: optimizer as never }]
  return parts.map(({ optimizer }: { optimizer: JointOptimizer['parts'][number]['optimizer'] }) => {
    const names = optimizer.groups.flatMap(({ params }) => params.map(([name]) => name))
    return `${optimizer.constructor.name} ${optimizer.lr}: ${names.length > 3 ? names.length : names.join(' ')}`
  })
}

describe('buildOptimizer', () => {
  it('is one optimizer where there is one rule', () => {
    expect(describeParts({ model: 'resnet20' })).toEqual(['SGD 0.1: 59'])
  })

  it('muon: dense convolutions by it, all else by SGD', () => {
    expect(describeParts({ model: 'resnet20', optimizer: 'muon' })).toEqual(['Muon 0.02: 19', 'SGD 0.1: 40'])
    // 19 primary convolutions with the first; 18 depthwise ones and all batch norms beside them.
    expect(describeParts({ model: 'ghost-resnet20', optimizer: 'muon' })).toEqual(['Muon 0.02: 19', 'SGD 0.1: 94'])
  })

  it('groups by pattern, as texts or objects; the last that fits counts', () => {
    expect(
      describeParts({
        model: 'speednet',
        optimizer: 'muon',
        lr: 0.24,
        paramGroups: [
          '*.bias optimizer=sgd lr=26.5 momentum=0.85',
          { params: ['conv1.*'], optimizer: 'adamw', epochs: 3 },
          'fc.weight optimizer=sgd lr=3',
        ],
      }),
    ).toEqual(['Muon 0.24: 6', 'SGD 26.5: 6', 'AdamW 0.001: conv1.weight conv1.bias', 'SGD 3: fc.weight'])
  })

  it('leaves a group without a rule to the rules of the rest', () => {
    const settings = {
      model: 'resnet20',
      optimizer: 'muon' as const,
      paramGroups: ['layer3.* lr=0.5', '*.bias weightDecay=0'],
    }
    expect(describeParts(settings)).toEqual([
      'Muon 0.02: 13',
      'SGD 0.1: 14',
      'Muon 0.5: 6',
      'SGD 0.5: 6',
      'SGD 0.1: 20',
    ])
  })

  it('gives groups a course of their own', () => {
    const config = readConfig(
      objectLayer(
        { model: 'resnet20', schedule: 'linear', epochs: 4, lr: 1, paramGroups: ['fc.* lr=2 epochs=2'] },
        'here',
      ),
    )
    const optimizer = buildOptimizer(config, createModel('resnet20', { seed: 0 }), 10) as JointOptimizer
    const rates = [0, 10, 20].map((step) => {
      optimizer.lr = 1 - step / 40
      optimizer.prepare(step)
      return optimizer.parts.map((part) => part.optimizer.lr)
    })
    expect(rates).toEqual([
      [1, 2],
      [0.75, 1],
      [0.5, 0],
    ])
    expect(optimizer.parts[1]!.steps).toBe(20)
  })

  it.each<[unknown, string]>([
    [['fc.weight lr=fast'], 'here: paramGroups: expected groups such as "*.bias optimizer=sgd lr=0.05"'],
    [['lr=0.1'], '(params: expected patterns for names of parameters)'],
    [['fc.weight speed=3'], 'speed'],
    [[], 'here: paramGroups: expected groups'],
  ])('refuses %j', (paramGroups, message) => {
    expect(() => readConfig(objectLayer({ paramGroups }, 'here'))).toThrow(message)
  })

  it('refuses patterns that fit nothing', () => {
    expect(() => describeParts({ model: 'resnet20', paramGroups: ['fc.wieght lr=1'] })).toThrow(
      'paramGroups: "fc.wieght" fits none of the 59 parameters; did you mean "fc.weight"?',
    )
  })
})
