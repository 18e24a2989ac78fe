import { describe, expect, it } from 'vitest'
import { SGD, type SGDOptions } from '../../src/optim/sgd.js'
import { ConfigError } from '../../src/tensor/errors.js'
import { onEachBackend } from '../support/backends.js'
import '../support/allClose.js'
import { onReference, parameter, stepWith } from './kit.js'

describe('two steps by hand: p = 1, gradients 2 and 4, lr 0.1', () => {
  onEachBackend(() => {
    it.each<[string, Partial<SGDOptions>, number, number]>([
      // 1 − 0.1 · 2, then 0.8 − 0.1 · 4
      ['plain', {}, 0.8, 0.4],
      // g = 2 + 0.1 · 1, then 4 + 0.1 · 0.79
      ['weight decay 0.1', { weightDecay: 0.1 }, 0.79, 0.3821],
      // b = 2, then 0.5 · 2 + 4 = 5
      ['momentum 0.5', { momentum: 0.5 }, 0.8, 0.3],
      // b = 2.1, then 0.5 · 2.1 + 4.079 = 5.129
      ['momentum 0.5 and weight decay 0.1', { momentum: 0.5, weightDecay: 0.1 }, 0.79, 0.2771],
      // b = 2, not 1; then 0.5 · 2 + 0.5 · 4 = 3
      ['momentum 0.5 and dampening 0.5', { momentum: 0.5, dampening: 0.5 }, 0.8, 0.5],
      // 2 + 0.5 · 2 = 3, then 4 + 0.5 · 5 = 6.5
      ['Nesterov momentum 0.5', { momentum: 0.5, nesterov: true }, 0.7, 0.05],
    ])('%s', (_, options, first, second) => {
      const p = parameter(1)
      const sgd = new SGD([['p', p]], { lr: 0.1, ...options })
      expect(stepWith(sgd, p, 2)).toBeAllClose([first], { absolute: 1e-7 })
      expect(stepWith(sgd, p, 4)).toBeAllClose([second], { absolute: 1e-7 })
    })
  })
})

onReference('options', () => {
  it.each<[string, Partial<SGDOptions>]>([
    ['SGD: expected lr >= 0, got -1', { lr: -1 }],
    ['SGD: expected lr >= 0, got NaN', { lr: NaN }],
    ['SGD: expected weightDecay >= 0, got -0.1', { weightDecay: -0.1 }],
    ['SGD: expected 0 <= momentum < 1, got 1', { momentum: 1 }],
    ['SGD: expected 0 <= dampening <= 1, got 2', { momentum: 0.9, dampening: 2 }],
    ['SGD: nesterov needs momentum > 0 and dampening 0, got momentum 0 and dampening 0', { nesterov: true }],
    [
      'SGD: nesterov needs momentum > 0 and dampening 0, got momentum 0.9 and dampening 0.1',
      { nesterov: true, momentum: 0.9, dampening: 0.1 },
    ],
  ])('refuses: %s', (message, options) => {
    expect(() => new SGD([['p', parameter(1)]], { lr: 0.1, ...options })).toThrow(new ConfigError(message))
  })
})
