import type { Shape } from '../../tensor/shape.js'

/** `conv1.weight` → `conv1`, `weight` */
const split = (name: string): readonly [layer: string, tensor: string] => {
  const end = name.lastIndexOf('.')
  return [name.slice(0, Math.max(0, end)), name.slice(end + 1)]
}

interface Layer {
  name: string
  /** Names of its tensors within it, and their shapes. */
  tensors: Map<string, Shape>
}

/** The layers that tensors belong to, in the order of their first ones. */
function layersOf(shapes: ReadonlyMap<string, Shape>): Layer[] {
  const layers = new Map<string, Layer>()
  for (const [name, shape] of shapes) {
    const [layer, tensor] = split(name)
    const known = layers.get(layer) ?? { name: layer, tensors: new Map() }
    known.tensors.set(tensor, shape)
    layers.set(layer, known)
  }
  return [...layers.values()]
}

/**
 * What two layers must have in common to be the same: kinds and shapes of their tensors. `free` frees the number of
 * outputs.
 */
function signature({ tensors }: Layer, free: boolean): string {
  const parts = [...tensors].map(([name, shape]) => `${name}${(free ? ['*', ...shape.slice(1)] : shape).join('×')}`)
  return parts.sort().join(' ')
}

/**
 * Names of a file's tensors paired with a network's by order: the n-th layer of a shape in the one is the n-th of that
 * shape in the other. Counters are left aside.
 * @param wanted names and shapes of the network, in its order
 * @param given those of the file, in its order
 * @param head layer of the network that may have another number of outputs: the classifier
 * @returns file's name → network's name; layers without a counterpart are left out
 */
export function matchByOrder(
  wanted: ReadonlyMap<string, Shape>,
  given: ReadonlyMap<string, Shape>,
  head: string | undefined,
): Map<string, string> {
  const withoutCounters = (shapes: ReadonlyMap<string, Shape>) =>
    new Map([...shapes].filter(([name, shape]) => !name.endsWith('num_batches_tracked') && shape.length > 0))
  const open = layersOf(withoutCounters(given))
  const names = new Map<string, string>()
  for (const layer of layersOf(withoutCounters(wanted))) {
    const isHead = layer.name === head
    const wish = signature(layer, isHead)
    // The classifier is the last of its kind, everything else the first that is left.
    const fits = (candidate: Layer) => signature(candidate, isHead) === wish
    const place = isHead ? open.findLastIndex(fits) : open.findIndex(fits)
    if (place === -1) continue
    const [match] = open.splice(place, 1)
    for (const tensor of match!.tensors.keys()) names.set(`${match!.name}.${tensor}`, `${layer.name}.${tensor}`)
  }
  return names
}
