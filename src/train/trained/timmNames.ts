/**
 * timm's names for the mobile networks (https://github.com/huggingface/pytorch-image-models,
 * `efficientnet_builder.py`), which are built as torchvision's are: `blocks.<stage>.<block>` with layers called by what
 * they do, where torchvision numbers all of them.
 */

/** How a network's blocks are called here. */
interface Layout {
  /** Names of a block's convolutions and batch norms: of its layer `k` of `count`. */
  unit: (block: number, k: number, count: number) => readonly [conv: string, norm: string]
  /** What follows the blocks, of which there are `blocks`. */
  tail: (blocks: number) => Readonly<Record<string, string>>
}

const numbered =
  (inner: string): Layout['unit'] =>
  (block, k) => [`features.${block}.${inner}${k}.0`, `features.${block}.${inner}${k}.1`]

const head = (blocks: number) => ({
  conv_head: `features.${blocks + 1}.0`,
  bn2: `features.${blocks + 1}.1`,
})

const layouts: Readonly<Record<string, Layout>> = {
  mobilenetv1: { unit: numbered(''), tail: () => ({ classifier: 'classifier' }) },
  mobilenetv2: {
    // The last convolution of a block is not in a pair.
    unit: (block, k, count) =>
      k === count - 1
        ? [`features.${block}.conv.${k}`, `features.${block}.conv.${k + 1}`]
        : [`features.${block}.conv.${k}.0`, `features.${block}.conv.${k}.1`],
    tail: (blocks) => ({ ...head(blocks), classifier: 'classifier.1' }),
  },
  'mobilenetv3-small': {
    unit: numbered('block.'),
    tail: () => ({ conv_head: 'classifier.0', classifier: 'classifier.3' }),
  },
  'mobilenetv3-large': {
    unit: numbered('block.'),
    tail: () => ({ conv_head: 'classifier.0', classifier: 'classifier.3' }),
  },
  'mnasnet-a1': { unit: numbered('block.'), tail: (blocks) => ({ ...head(blocks), classifier: 'classifier' }) },
}

/** A block's convolutions in the order in which they run, with the batch norms behind them. */
const expanding = [
  ['conv_pw', 'bn1'],
  ['conv_dw', 'bn2'],
  ['conv_pwl', 'bn3'],
] as const
const separable = [
  ['conv_dw', 'bn1'],
  ['conv_pw', 'bn2'],
] as const

/**
 * The names here of a file's tensors, if it is one of timm's for this network; null if it is not.
 * @param model its name in the registry
 * @param names of the file
 */
export function timmNames(model: string, names: readonly string[]): Map<string, string> | null {
  const layout = Object.hasOwn(layouts, model) ? layouts[model] : undefined
  if (!layout || !names.includes('conv_stem.weight')) return null
  const blocks = blocksOf(names)
  const layers = new Map([
    ['conv_stem', 'features.0.0'],
    ['bn1', 'features.0.1'],
  ])
  for (const [i, block] of blocks.entries()) {
    const has = (layer: string) => names.includes(`${block}.${layer}.weight`)
    if (has('conv')) {
      layers.set(`${block}.conv`, `features.${i + 1}.0`).set(`${block}.bn1`, `features.${i + 1}.1`)
      continue
    }
    const units = has('conv_pwl') ? expanding : separable
    const squeeze = names.includes(`${block}.se.conv_reduce.weight`)
    const count = units.length + (squeeze ? 1 : 0)
    for (const [n, [conv, norm]] of units.entries()) {
      const isLast = n === units.length - 1
      const [ourConv, ourNorm] = layout.unit(i + 1, isLast ? count - 1 : n, count)
      layers.set(`${block}.${conv}`, ourConv).set(`${block}.${norm}`, ourNorm)
    }
    if (squeeze) {
      const inner = layout.unit(i + 1, count - 2, count)[0].replace(/\.0$/, '')
      layers.set(`${block}.se.conv_reduce`, `${inner}.fc1`).set(`${block}.se.conv_expand`, `${inner}.fc2`)
    }
  }
  for (const [theirs, ours] of Object.entries(layout.tail(blocks.length))) layers.set(theirs, ours)
  return new Map(
    names.flatMap((name) => {
      const end = name.lastIndexOf('.')
      const ours = layers.get(name.slice(0, end))
      return ours === undefined ? [] : [[name, ours + name.slice(end)] as const]
    }),
  )
}

/** `blocks.0.0`, `blocks.1.0`, … in the order in which they run. */
function blocksOf(names: readonly string[]): string[] {
  const places = new Map<string, readonly [stage: number, block: number]>()
  for (const name of names) {
    const [path, stage, block] = /^blocks\.(\d+)\.(\d+)/.exec(name) ?? []
    if (path !== undefined) places.set(path, [Number(stage), Number(block)])
  }
  return [...places].sort(([, a], [, b]) => a[0] - b[0] || a[1] - b[1]).map(([path]) => path)
}

/** Added to the variance by timm's batch norms, unless a network's name begins with `tf_`. */
export const timmEps = 1e-5
