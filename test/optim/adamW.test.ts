import { describe, expect, it } from 'vitest'
import { AdamW, type AdamWOptions } from '../../src/optim/adamW.js'
import { ConfigError } from '../../src/tensor/errors.js'
import { onEachBackend } from '../support/backends.js'
import '../support/allClose.js'
import { onReference, parameter, stepWith } from './kit.js'

describe('two steps by hand: p = 1, gradients 2 and −2, lr 0.1', () => {
  onEachBackend(() => {
    it('with the defaults', () => {
      const p = parameter(1)
      const adamW = new AdamW([['p', p]], { lr: 0.1 })
      // p = 0.999; m = 0.2, m̂ = 0.2 / 0.1; v = 0.004, v̂ = 0.004 / 0.001; 0.999 − 0.1 · 2 / 2
      expect(stepWith(adamW, p, 2)).toBeAllClose([0.899], { absolute: 1e-6 })
      // p = 0.898101; m = 0.18 − 0.2, m̂ = −0.02 / 0.19; v̂ = 4 again; 0.898101 + 0.1 · 0.105263158 / 2
      expect(stepWith(adamW, p, -2)).toBeAllClose([0.9033641579], { absolute: 1e-6 })
    })

    it('without decay, and with an eps that halves the first step', () => {
      const p = parameter(1)
      const adamW = new AdamW([['p', p]], { lr: 0.1, weightDecay: 0, eps: 2 })
      expect(stepWith(adamW, p, 2)).toBeAllClose([0.95], { absolute: 1e-6 })
    })
  })
})

onReference('options', () => {
  it('has the defaults of torch.optim.AdamW', () => {
    const [group] = new AdamW([['p', parameter(1)]]).groups
    expect(group!.options).toEqual({ lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0.01 })
  })

  it.each<[string, Partial<AdamWOptions>]>([
    ['AdamW: expected lr >= 0, got -1', { lr: -1 }],
    ['AdamW: expected betas of two numbers, 0 <= beta < 1, got [0.9, 1]', { betas: [0.9, 1] }],
    ['AdamW: expected eps >= 0, got -1e-8', { eps: -1e-8 }],
  ])('refuses: %s', (message, options) => {
    expect(() => new AdamW([['p', parameter(1)]], options)).toThrow(new ConfigError(message))
  })
})
