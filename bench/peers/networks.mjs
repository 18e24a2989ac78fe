/**
 * The benchmark's five networks, written once for any framework: `forward(name, ops, x)` calls the operations of `ops`, which knows
 * the parameters by PyTorch's state-dict keys.
 *
 * ops: conv(x, key, { stride, padding, depthwise }), norm(x, key), relu, hardSigmoid, maxPool (2×2), meanPool ((N, C, H, W) → (N, C)),
 * gate(x, g) (each map times a number of its own), linear(x, key), add, concat(a, b) (channels), shortcut(x) (every other pixel; as many
 * channels of zeros as there are, half on either side), squeeze(x) ((N, C, H, W) → (N, C, 1, 1)), flatten.
 */

const vggWidths = [64, 64, 'M', 128, 128, 'M', 256, 256, 256, 'M', 512, 512, 512, 'M', 512, 512, 512, 'M']

function ghostModule(ops, x, key, { stride = 1, padding = 0, relu = true } = {}) {
  const act = relu ? ops.relu : (y) => y
  const intrinsic = act(ops.norm(ops.conv(x, `${key}.primary_conv.0`, { stride, padding }), `${key}.primary_conv.1`))
  const cheap = ops.conv(intrinsic, `${key}.cheap_operation.0`, { stride: 1, padding: 1, depthwise: true })
  return ops.concat(intrinsic, act(ops.norm(cheap, `${key}.cheap_operation.1`)))
}

function vgg16(ops, x, ghost) {
  let y = x
  let index = 0
  for (const width of vggWidths) {
    if (width === 'M') {
      y = ops.maxPool(y)
      index++
    } else if (ghost && index > 0) {
      y = ghostModule(ops, y, `features.${index++}`, { padding: 1 })
    } else {
      y = ops.conv(y, `features.${index}`, { stride: 1, padding: 1 })
      y = ops.relu(ops.norm(y, `features.${index + 1}`))
      index += 3
    }
  }
  y = ops.relu(ops.linear(ops.flatten(y), 'classifier.0'))
  return ops.linear(y, 'classifier.2')
}

function resnet56(ops, x, ghost) {
  let y = ops.relu(ops.norm(ops.conv(x, 'conv1', { stride: 1, padding: 1 }), 'bn1'))
  const half = (z, block, i, options) =>
    ghost
      ? ghostModule(ops, z, `${block}.conv${i}`, { ...options, padding: 1, relu: i === 1 })
      : ops.norm(ops.conv(z, `${block}.conv${i}`, { ...options, padding: 1 }), `${block}.bn${i}`)
  for (let stage = 1; stage <= 3; stage++) {
    for (let i = 0; i < 9; i++) {
      const block = `layer${stage}.${i}`
      const stride = stage > 1 && i === 0 ? 2 : 1
      let z = half(y, block, 1, { stride })
      if (!ghost) z = ops.relu(z)
      z = half(z, block, 2, { stride: 1 })
      y = ops.relu(ops.add(z, stride === 2 ? ops.shortcut(y) : y))
    }
  }
  return ops.linear(ops.meanPool(y), 'fc')
}

/** Table 1 of the paper: kernel, squeeze and excitation, stride; and whether the shortcut needs convolutions. */
const ghostNetStages = [
  [[3, false, 1, false]],
  [[3, false, 2, true]],
  [[3, false, 1, false]],
  [[5, true, 2, true]],
  [[5, true, 1, false]],
  [[3, false, 2, true]],
  [
    [3, false, 1, false],
    [3, false, 1, false],
    [3, false, 1, false],
    [3, true, 1, true],
    [3, true, 1, false],
  ],
  [[5, true, 2, true]],
  [
    [5, false, 1, false],
    [5, true, 1, false],
    [5, false, 1, false],
    [5, true, 1, false],
  ],
]

function bottleneck(ops, x, key, [kernel, excite, stride, projected]) {
  const padding = (kernel - 1) / 2
  let y = ghostModule(ops, x, `${key}.ghost1`)
  if (stride > 1) y = ops.norm(ops.conv(y, `${key}.conv_dw`, { stride, padding, depthwise: true }), `${key}.bn_dw`)
  if (excite) {
    const reduced = ops.relu(ops.conv(ops.squeeze(y), `${key}.se.conv_reduce`, { stride: 1, padding: 0 }))
    y = ops.gate(y, ops.hardSigmoid(ops.conv(reduced, `${key}.se.conv_expand`, { stride: 1, padding: 0 })))
  }
  y = ghostModule(ops, y, `${key}.ghost2`, { relu: false })
  if (!projected) return ops.add(y, x)
  let z = ops.norm(ops.conv(x, `${key}.shortcut.0`, { stride, padding, depthwise: true }), `${key}.shortcut.1`)
  z = ops.norm(ops.conv(z, `${key}.shortcut.2`, { stride: 1, padding: 0 }), `${key}.shortcut.3`)
  return ops.add(y, z)
}

function ghostnet(ops, x) {
  let y = ops.relu(ops.norm(ops.conv(x, 'conv_stem', { stride: 1, padding: 1 }), 'bn1'))
  ghostNetStages.forEach((stage, s) => {
    stage.forEach((row, i) => {
      y = bottleneck(ops, y, `blocks.${s}.${i}`, row)
    })
  })
  y = ops.relu(ops.norm(ops.conv(y, 'blocks.9.0.conv', { stride: 1, padding: 0 }), 'blocks.9.0.bn1'))
  y = ops.relu(ops.conv(ops.squeeze(y), 'conv_head', { stride: 1, padding: 0 }))
  return ops.linear(ops.flatten(y), 'classifier')
}

const builders = {
  vgg16: (ops, x) => vgg16(ops, x, false),
  'ghost-vgg16': (ops, x) => vgg16(ops, x, true),
  resnet56: (ops, x) => resnet56(ops, x, false),
  'ghost-resnet56': (ops, x) => resnet56(ops, x, true),
  ghostnet,
}

/** (N, 3, 32, 32) in the layout of `ops` → logits (N, 10). */
export function forward(name, ops, x) {
  const build = builders[name]
  if (!build) throw new Error(`${name}: no such network here; there are ${Object.keys(builders).join(', ')}`)
  return build(ops, x)
}
