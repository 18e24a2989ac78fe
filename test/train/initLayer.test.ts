import { join } from 'node:path'
import { expect, it } from 'vitest'
import { DataError } from '../../src/tensor/errors.js'
import { readRunConfig } from '../../src/train/initLayer.js'
import { objectLayer } from '../../src/train/readConfig.js'
import { writeWeights } from '../../src/train/weights.js'
import { temporaryFolders } from './support.js'

const newFolder = temporaryFolders()

/** Settings with `init` of a file that says this of its model. */
function read(info: { model?: string; modelOptions?: string }, settings: object = {}) {
  const init = join(newFolder(), 'w.safetensors')
  writeWeights(init, {}, info)
  return readRunConfig(objectLayer({ init }, 'run.yaml'), objectLayer(settings, 'flags'))
}

const ghost = { model: 'ghost-vgg16', modelOptions: '{"s":4,"d":5}' }

it('takes the model and its options from the weights to start from', () => {
  expect(read(ghost)).toMatchObject({ model: 'ghost-vgg16', s: 4, d: 5 })
})

it('lets settings win over them', () => {
  expect(read(ghost, { d: 3 })).toMatchObject({ model: 'ghost-vgg16', s: 4, d: 3 })
})

it('takes no options of another model', () => {
  const config = read(ghost, { model: 'ghost-resnet20' })
  expect([config.model, config.s]).toEqual(['ghost-resnet20', undefined])
})

it('leaves the model to the settings where the file does not say it', () => {
  expect(read({}, { model: 'vgg16' }).model).toBe('vgg16')
})

it('refuses damaged or missing files', () => {
  expect(() => read({ model: 'vgg16', modelOptions: '{' })).toThrow(
    '"modelOptions" in its metadata is damaged (expected JSON)',
  )
  expect(() => readRunConfig(objectLayer({ init: '/nowhere' }, 'run.yaml'))).toThrow(DataError)
})
