import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { ParameterUpdate } from '../../src/tensor/backend.js'
import { check, expectClose, onEachRuntime, randomValues, seeds } from './kit.js'

const lengths = fc.integer({ min: 1, max: 100 })

onEachRuntime('optimizers', (run) => {
  it('steps with stochastic gradient descent', () => {
    const options = fc.record({
      lr: fc.constantFrom(0.1, 0.01),
      momentum: fc.constantFrom(0, 0.9),
      dampening: fc.constantFrom(0, 0.5),
      weightDecay: fc.constantFrom(0, 5e-4),
      nesterov: fc.boolean(),
    })
    check(fc.tuple(lengths, seeds, options), ([n, seed, options]) => {
      const { lr, momentum, dampening, weightDecay, nesterov } = options
      const p = Float64Array.from(randomValues(n, seed))
      const b = new Float64Array(n)
      run((arrays) => {
        const { backend } = arrays
        const [parameter, buffer] = [arrays.rows(p, [n]), arrays.rows(b, [n])]
        for (let step = 0; step < 3; step++) {
          const g = randomValues(n, seed + step)
          for (let i = 0; i < n; i++) {
            const slope = g[i]! + weightDecay * p[i]!
            b[i] = step === 0 ? slope : momentum * b[i]! + (1 - dampening) * slope
            p[i]! -= lr * (momentum === 0 ? slope : nesterov ? slope + momentum * b[i]! : b[i]!)
          }
          const update = { parameter, gradient: arrays.rows(g, [n]), state: momentum === 0 ? [] : [buffer] }
          backend.sgdStep([update], { ...options, first: step === 0 })
          expectClose(arrays.memory(parameter), p)
          if (momentum !== 0) expectClose(arrays.memory(buffer), b)
        }
      }, 'sgdStep')
    })
  })

  it('steps with AdamW', () => {
    check(fc.tuple(lengths, seeds, fc.constantFrom(0, 0.05)), ([n, seed, weightDecay]) => {
      const [lr, beta1, beta2, eps] = [0.01, 0.9, 0.99, 1e-8]
      const p = Float64Array.from(randomValues(n, seed))
      const [m, v] = [new Float64Array(n), new Float64Array(n)]
      run((arrays) => {
        const [parameter, mean, square] = [arrays.rows(p, [n]), arrays.rows(m, [n]), arrays.rows(v, [n])]
        for (let step = 1; step <= 3; step++) {
          const g = randomValues(n, seed + step, 1, 0.01)
          for (let i = 0; i < n; i++) {
            p[i]! *= 1 - lr * weightDecay
            m[i] = beta1 * m[i]! + (1 - beta1) * g[i]!
            v[i] = beta2 * v[i]! + (1 - beta2) * g[i]! ** 2
            const denominator = Math.sqrt(v[i]!) / Math.sqrt(1 - beta2 ** step) + eps
            p[i]! -= ((lr / (1 - beta1 ** step)) * m[i]!) / denominator
          }
          const update = { parameter, gradient: arrays.rows(g, [n]), state: [mean, square] }
          arrays.backend.adamWStep([update], { lr, beta1, beta2, eps, weightDecay, step })
          expectClose(arrays.memory(parameter), p, 2e-6)
          expectClose(arrays.memory(mean), m)
          expectClose(arrays.memory(square), v)
        }
      }, 'adamwStep')
    })
  })

  it('steps with many parameters as with each alone', () => {
    check(fc.tuple(fc.array(lengths, { minLength: 2, maxLength: 5 }), seeds), ([sizes, seed]) => {
      const options = { lr: 0.1, momentum: 0.9, dampening: 0, weightDecay: 5e-4, nesterov: true, first: false }
      const moments = { lr: 0.1, beta1: 0.9, beta2: 0.99, eps: 1e-8, weightDecay: 0.05, step: 3 }
      run(
        (arrays) => {
          const { backend } = arrays
          const rows = () =>
            sizes.map((n, i): ParameterUpdate => {
              const put = (k: number) => arrays.rows(randomValues(n, seed + 9 * i + k).map(Math.abs), [n])
              return { parameter: put(0), gradient: put(1), state: [put(2), put(3)] }
            })
          for (const step of [
            (list: ParameterUpdate[]) => backend.sgdStep(list, options),
            (list: ParameterUpdate[]) => backend.adamWStep(list, moments),
          ]) {
            const [together, alone] = [rows(), rows()]
            step(together)
            for (const row of alone) step([row])
            const values = (list: ParameterUpdate[]) =>
              list.map(({ parameter, state }) => [parameter, ...state].map((x) => arrays.memory(x)))
            expect(values(together)).toEqual(values(alone))
          }
        },
        'sgdStep',
        'adamwStep',
      )
    })
  })

  it('follows a moving average', () => {
    check(fc.tuple(lengths, seeds), ([n, seed]) => {
      const [e, p] = [randomValues(n, seed), randomValues(n, seed + 1)]
      run((arrays, rt) => {
        const address = arrays.put(e)
        rt.run('emaStep', { e: address, p: arrays.put(p), n, decay: 0.99, rest: 1 - 0.99 })
        expectClose(
          arrays.get(address, n),
          Array.from(e, (value, i) => 0.99 * value + 0.01 * p[i]!),
        )
      }, 'emaStep')
    })
  })

  it('finds the first float that is not finite', () => {
    const bad = fc.constantFrom(Number.NaN, Infinity, -Infinity)
    check(fc.tuple(lengths, seeds, fc.array(fc.tuple(fc.nat(99), bad), { maxLength: 3 })), ([n, seed, places]) => {
      const x = randomValues(n, seed, 1e38)
      for (const [place, value] of places) if (place < n) x[place] = value
      run((arrays) => {
        const expected = x.findIndex((value) => !Number.isFinite(value))
        expect(arrays.backend.firstNonFinite(arrays.rows(x, [n]))).toBe(expected)
      }, 'findNonFinite')
    })
  })
})
