/**
 * TensorFlow.js. Inference runs on its WebAssembly backend, which has no gradient of a convolution's filter: training runs on its backend
 * of plain JavaScript.
 */
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import * as tf from '@tensorflow/tfjs'
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import { runPeer, versionOf } from './measure.mjs'
import { forward } from './networks.mjs'

/** A parameter as TensorFlow.js lays it out: filters (height, width, in, out), depthwise ones (height, width, channels, multiplier). */
function layOut(key, { shape, values }, depthwise) {
  const value = tf.tensor(values, shape)
  if (shape.length === 4) return depthwise.has(key) ? value.transpose([2, 3, 0, 1]) : value.transpose([2, 3, 1, 0])
  return shape.length === 2 ? value.transpose() : value
}

const isDepthwise = (key, { shape }) =>
  shape.length === 4 && shape[1] === 1 && /cheap_operation|conv_dw|shortcut\.0/.test(key)

function operations(weights, training) {
  const at = (key) => weights.get(key)
  const pad = (x, p) =>
    p
      ? tf.pad(x, [
          [0, 0],
          [p, p],
          [p, p],
          [0, 0],
        ])
      : x
  return {
    conv(x, key, { stride, padding, depthwise }) {
      const apply = depthwise ? tf.depthwiseConv2d : tf.conv2d
      const y = apply(pad(x, padding), at(`${key}.weight`), stride, 'valid')
      return at(`${key}.bias`) ? y.add(at(`${key}.bias`)) : y
    },
    norm(x, key) {
      const { mean, variance } = training
        ? tf.moments(x, [0, 1, 2])
        : { mean: at(`${key}.running_mean`), variance: at(`${key}.running_var`) }
      return tf.batchNorm(x, mean, variance, at(`${key}.bias`), at(`${key}.weight`), 1e-5)
    },
    relu: tf.relu,
    hardSigmoid: (x) => tf.relu6(x.add(3)).div(6),
    maxPool: (x) => tf.maxPool(x, 2, 2, 'valid'),
    meanPool: (x) => x.mean([1, 2]),
    squeeze: (x) => x.mean([1, 2], true),
    gate: (x, g) => x.mul(g),
    linear: (x, key) => x.matMul(at(`${key}.weight`)).add(at(`${key}.bias`)),
    add: tf.add,
    concat: (a, b) => tf.concat([a, b], 3),
    shortcut(x) {
      const c = x.shape[3] / 2
      const half = tf.maxPool(x, 1, 2, 'valid') // a strided slice has no gradient there
      return tf.pad(half, [
        [0, 0],
        [0, 0],
        [0, 0],
        [c, c],
      ])
    },
    flatten: (x) => x.reshape([x.shape[0], -1]),
  }
}

const nhwc = (images, count) => tf.tensor(images, [count, 3, 32, 32]).transpose([0, 2, 3, 1])

async function load({ model, parameters, task }) {
  const wasm = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')
  setWasmPaths(`${dirname(wasm)}/`)
  await tf.setBackend(task === 'training' ? 'cpu' : 'wasm')
  await tf.ready()
  const depthwise = new Set([...parameters].filter(([key, p]) => isDepthwise(key, p)).map(([key]) => key))
  const weights = new Map()
  for (const [key, parameter] of parameters) {
    const value = tf.tidy(() => layOut(key, parameter, depthwise))
    weights.set(key, key.includes('running') ? value : tf.variable(value))
  }
  const evaluate = (x) => tf.tidy(() => forward(model, operations(weights, false), x))
  return {
    backend: task === 'training' ? 'plain JavaScript' : 'WebAssembly SIMD, 1 thread',
    logits: async (images, count) => await evaluate(nhwc(images, count)).data(),
    inference(images, count) {
      const x = nhwc(images, count)
      return async () => {
        const y = evaluate(x)
        await y.data()
        y.dispose()
      }
    },
    training(images, labels, count) {
      const x = nhwc(images, count)
      const target = tf.oneHot(tf.tensor1d(labels, 'int32'), 10)
      const optimizer = tf.train.momentum(0.01, 0.9)
      const loss = () => tf.losses.softmaxCrossEntropy(target, forward(model, operations(weights, true), x))
      return async () => {
        const value = optimizer.minimize(loss, true)
        await value.data()
        value.dispose()
      }
    },
  }
}

await runPeer({ version: versionOf('@tensorflow/tfjs'), most: { training: 1 }, load })
