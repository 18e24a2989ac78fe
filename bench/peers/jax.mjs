/**
 * jax-js on its WebAssembly device. A step is compiled by its `jit`. Arrays are counted by hand there: what is used again is passed as
 * `x.ref`.
 */
import { defaultDevice, init, jit, lax, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax'
import { runPeer, versionOf } from './measure.mjs'
import { forward } from './networks.mjs'

const lr = 0.01
const momentum = 0.9
const channels = (values) => values.reshape([1, -1, 1, 1])

function operations(weights, training) {
  const at = (key) => weights[key].ref
  return {
    conv(x, key, { stride, padding, depthwise }) {
      const y = lax.convGeneralDilated(
        x.ref,
        at(`${key}.weight`),
        [stride, stride],
        [
          [padding, padding],
          [padding, padding],
        ],
        { featureGroupCount: depthwise ? x.shape[1] : 1 },
      )
      return weights[`${key}.bias`] ? y.add(channels(at(`${key}.bias`))) : y
    },
    norm(x, key) {
      const mean = training ? x.ref.mean([0, 2, 3], { keepdims: true }) : channels(at(`${key}.running_mean`))
      const centred = x.ref.sub(mean)
      const variance = training
        ? np.square(centred.ref).mean([0, 2, 3], { keepdims: true })
        : channels(at(`${key}.running_var`))
      const scale = channels(at(`${key}.weight`)).div(np.sqrt(variance.add(1e-5)))
      return centred.mul(scale).add(channels(at(`${key}.bias`)))
    },
    relu: (x) => nn.relu(x),
    hardSigmoid: (x) => nn.relu6(x.add(3)).div(6),
    maxPool(x) {
      const [n, c, h, w] = x.shape
      return np.max(x.ref.reshape([n, c, h / 2, 2, w / 2, 2]), [3, 5])
    },
    meanPool: (x) => x.ref.mean([2, 3]),
    squeeze: (x) => x.ref.mean([2, 3], { keepdims: true }),
    gate: (x, g) => x.ref.mul(g),
    linear: (x, key) => np.matmul(x, at(`${key}.weight`).transpose()).add(at(`${key}.bias`)),
    add: (a, b) => a.ref.add(b.ref),
    concat: (a, b) => np.concatenate([a.ref, b], 1),
    shortcut(x) {
      const [n, c, h, w] = x.shape
      const half = x.ref.reshape([n, c, h / 2, 2, w / 2, 2]).slice([], [], [], 0, [], 0)
      return np.pad(half, [
        [0, 0],
        [c / 2, c / 2],
        [0, 0],
        [0, 0],
      ])
    },
    flatten: (x) => x.reshape([x.shape[0], -1]),
  }
}

async function load({ model, parameters }) {
  await init('wasm')
  defaultDevice('wasm')
  const trained = {}
  const statistics = {}
  for (const [key, { shape, values }] of parameters) {
    const group = key.includes('running') ? statistics : trained
    group[key] = np.array(values).reshape(shape)
  }
  const batch = (images, count) => np.array(images).reshape([count, 3, 32, 32])
  const evaluate = jit((weights, x) => forward(model, operations(weights, false), x))
  const logits = (x) => evaluate(tree.ref({ ...trained, ...statistics }), x).data()
  return {
    backend: 'WebAssembly',
    logits: (images, count) => logits(batch(images, count)),
    inference(images, count) {
      const x = batch(images, count)
      return () => logits(x.ref)
    },
    training(images, labels, count) {
      const x = batch(images, count)
      const target = nn.oneHot(np.array(labels), 10)
      const loss = (weights, input, wanted) =>
        nn
          .logSoftmax(forward(model, operations(weights, true), input))
          .mul(wanted)
          .sum()
          .div(-count)
      const gradients = valueAndGrad(loss)
      const update = jit((weights, velocities, input, wanted) => {
        const [value, gradient] = gradients(tree.ref(weights), input, wanted)
        const next = tree.map((v, g) => v.mul(momentum).add(g), velocities, gradient)
        return [value, tree.map((w, v) => w.sub(v.mul(lr)), weights, tree.ref(next)), next]
      })
      let weights = trained
      let velocities = tree.map((w) => np.zeros(w.shape), trained)
      return async () => {
        const [value, ...state] = update(weights, velocities, x.ref, target.ref)
        ;[weights, velocities] = state
        await value.data()
      }
    },
  }
}

await runPeer({ version: versionOf('@jax-js/jax'), most: { training: 1, inference: 4 }, load })
