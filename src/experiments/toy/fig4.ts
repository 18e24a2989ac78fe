import type { Figure, Panel } from '../../figures/grid.js'
import { greyMap, splitMaps } from '../../figures/pixels.js'
import type { Pixels } from '../../figures/png.js'
import { Vgg } from '../../models/vgg.js'
import { captureOutputs } from '../../nn/capture.js'
import { Conv2d } from '../../nn/conv2d.js'
import { GhostModule } from '../../nn/ghostModule.js'
import type { Module } from '../../nn/module.js'
import { ConfigError } from '../../tensor/errors.js'
import type { Tensor } from '../../tensor/tensor.js'

export interface Fig4Input {
  networks: readonly { name: string; model: Module }[]
  image: { label: string; pixels: Pixels; input: Tensor }
}

/**
 * The paper's Figure 4: the maps of the second layer of VGG-16, plain or of Ghost modules. The intrinsic maps of a Ghost module are
 * framed in red, its ghosts in green; those of an ordinary convolution are all alike.
 */
export function fig4({ networks, image }: Fig4Input): Figure {
  return {
    title: 'Feature maps of the second layer',
    rows: [
      [{ label: 'input', columns: 1, tiles: [{ image: image.pixels, label: image.label }] }],
      ...networks.map(({ name, model }) => panels(name, model, image.input)),
    ],
    notes: ['After batch norm and relu. Each map in its own shades, from its smallest number to its largest.'],
  }
}

function panels(name: string, model: Module, input: Tensor): Panel[] {
  const { path, intrinsic } = secondLayer(name, model)
  const [output] = captureOutputs(model, input, [path])
  const width = output!.shape[3]!
  const tiles = splitMaps(output!).map((map, i) => ({ image: greyMap(map, width), label: String(i) }))
  if (intrinsic === null) return [{ label: `${name}: ${tiles.length} maps`, columns: 16, tiles, frame: 'grey' }]
  const [made, ghosts] = [tiles.slice(0, intrinsic), tiles.slice(intrinsic)]
  return [
    { label: `${name}: ${made.length} intrinsic maps`, columns: 8, tiles: made, frame: 'red' },
    { label: `${ghosts.length} ghosts`, columns: 8, tiles: ghosts, frame: 'green' },
  ]
}

/** What gives the second layer's maps, and how many of them are intrinsic: null if there is no such difference. */
function secondLayer(name: string, model: Module): { path: string; intrinsic: number | null } {
  if (!(model instanceof Vgg)) throw new ConfigError(`fig4: expected weights of vgg16 or ghost-vgg16, got ${name}`)
  const layers = [...model.features.namedChildren()]
  const [, second] = layers.filter(([, layer]) => layer instanceof Conv2d || layer instanceof GhostModule)
  const [place, layer] = second!
  if (!(layer instanceof GhostModule)) return { path: `features.${Number(place) + 1}`, intrinsic: null } // its batch norm
  return { path: `features.${place}`, intrinsic: layer.intrinsicChannels }
}
