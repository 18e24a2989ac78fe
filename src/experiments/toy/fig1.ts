import type { Figure } from '../../figures/grid.js'
import { greyMap, splitMaps } from '../../figures/pixels.js'
import type { Pixels } from '../../figures/png.js'
import type { Output } from '../../nn/capture.js'
import type { ToyRow } from './table2.js'

/** Maps shown at most. */
const limit = 64

export interface Fig1Input {
  /** Of the network. */
  name: string
  image: { label: string; pixels: Pixels }
  /** Of its first residual block, (1, C, H, W). */
  output: Output
  pairs: readonly Pick<ToyRow, 'colour' | 'maps'>[]
}

/** The paper's Figure 1: an image, its maps after the first residual block, and pairs of similar ones framed in one colour each. */
export function fig1({ name, image, output, pairs }: Fig1Input): Figure {
  const maps = splitMaps(output)
  const paired = new Map(pairs.flatMap(({ colour, maps }) => maps.map((map) => [map, colour] as const)))
  const others = Array.from(maps.keys()).filter((map) => !paired.has(map))
  const shown = [...paired.keys(), ...others].slice(0, limit).sort((a, b) => a - b)
  const tiles = shown.map((map) => {
    const frame = paired.get(map)
    return { image: greyMap(maps[map]!, output.shape[3]!), label: String(map), ...(frame ? { frame } : {}) }
  })
  const count = shown.length < maps.length ? `${shown.length} of ${maps.length} maps` : `${maps.length} maps`
  return {
    title: `Similar feature maps of ${name}`,
    rows: [
      [
        { label: 'input', columns: 1, tiles: [{ image: image.pixels, label: image.label }] },
        { label: `first residual block: ${count}`, columns: 8, tiles },
      ],
    ],
    notes: [
      'Each map in its own shades, from its smallest number to its largest.',
      'Frames of one colour: pairs of similar maps, the most correlated red, the next green, then blue.',
    ],
  }
}
