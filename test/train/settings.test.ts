import { describe, expect, it } from 'vitest'
import '../../src/setup.js'
import '../../src/defaultBackend.js'
import { EMA } from '../../src/optim/ema.js'
import { tensor } from '../../src/tensor/create.js'
import { coreQuota } from '../../src/tensor/wasm/host/cores.js'
import { configKeys } from '../../src/train/config.js'
import { objectLayer, readConfig } from '../../src/train/readConfig.js'

const read = (values: object) => readConfig(objectLayer(values, 'here'))

describe('settings that have no effect are refused', () => {
  it.each<[string, object, RegExp]>([
    [
      'milestones under cosine',
      { milestones: [1, 2] },
      /here: milestones: has no effect with schedule cosine: they need schedule multistep/,
    ],
    ['multistep without milestones', { schedule: 'multistep' }, /here: schedule: multistep needs milestones/],
    ['gamma under cosine', { gamma: 0.5 }, /here: gamma: has no effect with schedule cosine/],
    [
      'minLr under constant',
      { minLr: 1e-5, schedule: 'constant' },
      /here: minLr: has no effect with here: schedule constant/,
    ],
    [
      'nesterov with AdamW',
      { nesterov: true, optimizer: 'adamw' },
      /here: nesterov: has no effect with here: optimizer adamw/,
    ],
    ['momentum with AdamW', { momentum: 0.8, optimizer: 'adamw' }, /here: momentum: has no effect/],
    [
      'a warm-up longer than the run',
      { warmupEpochs: 6, epochs: 5 },
      /here: warmupEpochs: expected at most the 5 epochs of the run, got 6/,
    ],
  ])('%s', (_, values, message) => {
    expect(() => read(values)).toThrow(message)
  })

  it('but defaults, and those that have one, are taken', () => {
    const full = read({ schedule: 'multistep', milestones: [1, 2], gamma: 0.5, epochs: 3 })
    expect(read(Object.fromEntries(configKeys.map((key) => [key, full[key]])))).toEqual(full)
  })
})

describe('an average of weights', () => {
  it('begins near the weights: after n updates it keeps min(decay, (1 + n) / (10 + n))', () => {
    const weights = tensor([0], [1])
    const ema = new EMA([['w', weights]], { decay: 0.999, warmup: true })
    weights.array.backend.write(weights.array, Float32Array.of(1))
    for (let n = 0; n < 3; n++) ema.update()
    // 1 − 1/10 · 2/11 · 3/12
    expect(ema.stateDict().w!.data[0]).toBeCloseTo(1 - (0.1 * 2 * 3) / (11 * 12), 6)
  })
})

describe('the quota of a container', () => {
  const files = (contents: Record<string, string>) => (path: string) => contents[path] ?? null
  it('is the least of its control group and those above', () => {
    const group = { '/proc/self/cgroup': '0::/a/b\n', '/sys/fs/cgroup/a/b/cpu.max': 'max 100000\n' }
    expect(coreQuota(files({ ...group, '/sys/fs/cgroup/a/cpu.max': '150000 100000\n' }))).toBe(1.5)
    expect(coreQuota(files({ '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '200000 100000\n' }))).toBe(2)
  })

  it('is also found in the first version of control groups, and is infinite without one', () => {
    const first = {
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '50000\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    }
    expect(coreQuota(files(first))).toBe(0.5)
    expect(coreQuota(files({}))).toBe(Number.POSITIVE_INFINITY)
  })
})
