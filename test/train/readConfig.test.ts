import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ConfigError, DataError } from '../../src/tensor/errors.js'
import { objectLayer, readConfig, yamlLayer } from '../../src/train/readConfig.js'
import { temporaryFolders } from './support.js'

const newFolder = temporaryFolders()

const yaml = (text: string) => {
  const path = join(newFolder(), 'run.yaml')
  writeFileSync(path, text)
  return { path, layer: () => yamlLayer(path) }
}

describe('readConfig', () => {
  it('fills in the usual recipe for CIFAR', () => {
    expect(readConfig()).toMatchObject({
      ...{ data: 'cifar10', batchSize: 128, optimizer: 'sgd', lr: 0.1, momentum: 0.9, nesterov: false },
      ...{ weightDecay: 5e-4, schedule: 'cosine', augment: 'standard', order: 'shuffle', dropLast: true, seed: 0 },
    })
  })

  it('gives adamw a learning rate of its own', () => {
    expect(readConfig(objectLayer({ optimizer: 'adamw' }, 'here')).lr).toBe(0.001)
    expect(readConfig(objectLayer({ optimizer: 'adamw', lr: 0.01 }, 'here')).lr).toBe(0.01)
  })

  it('lets later layers win over earlier ones and those over the defaults', () => {
    const { layer } = yaml('model: resnet56\nlr: 0.2\nschedule: multistep\nmilestones: [3, 4]\n')
    const config = readConfig(layer(), objectLayer({ lr: 0.3, epochs: undefined }, 'flags'))
    expect(config).toMatchObject({ model: 'resnet56', lr: 0.3, milestones: [3, 4], epochs: 30 })
  })

  it('takes its own result again', () => {
    const config = readConfig(objectLayer({ model: 'ghostnet', width: 0.5 }, 'here'))
    expect(readConfig(objectLayer(config, 'again'))).toEqual(config)
  })

  it.each([
    ['learningRate: 1', 'learningRate: unknown key; known: model, s, d,'],
    ['batch_size: 1', 'batch_size: unknown key; did you mean "batchSize"? known: model, s, d,'],
    ['batchSize: big', 'batchSize: expected a whole number of at least 1, got "big"'],
    ['batchSize: 1.5', 'batchSize: expected a whole number of at least 1, got 1.5'],
    ['batchSize:', 'batchSize: expected a whole number of at least 1, got null'],
    ['lr: -1', 'lr: expected a positive number, got -1'],
    ['d: 4', 'd: expected an odd whole number, got 4'],
    ['groups: 5', 'groups: expected one of 1, 2, 3, 4, 8, got 5'],
    ['momentum: 1', 'momentum: expected a number from 0 to below 1, got 1'],
    ['nesterov: 1', 'nesterov: expected true or false, got 1'],
    ['milestones: [4, 3]', 'milestones: expected whole numbers, each larger than the one before, got [4,3]'],
    ['milestones: 4', 'milestones: expected whole numbers, each larger than the one before, got 4'],
    [
      'schedule: cosin',
      'schedule: expected one of cosine, linear, multistep, onecycle, constant, got "cosin"; did you mean "cosine"?',
    ],
    ['optimizer: [sgd]', 'optimizer: expected one of sgd, adamw, muon, got ["sgd"]'],
  ])('refuses "%s" in one line', (text, message) => {
    const { path, layer } = yaml(text)
    const read = () => readConfig(layer())
    expect(read).toThrow(ConfigError)
    expect(read).toThrow(`${path}: ${message}`)
    expect(read).not.toThrow('\n')
  })

  it('refuses a file that is not a list of settings', () => {
    expect(yaml('just words').layer).toThrow('expected lines of "key: value", got "just words"')
    expect(yaml('lr: [1').layer).toThrow(/run\.yaml: not YAML: .*at line 1, column \d+$/)
  })

  it('refuses a file that is not there', () => {
    expect(() => yamlLayer('/nowhere/run.yaml')).toThrow(
      new DataError('/nowhere/run.yaml: cannot read the configuration (ENOENT)'),
    )
  })
})
