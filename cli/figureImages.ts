import { decodeShown } from '../src/data/cropCentre.js'
import { normalizePlanes } from '../src/data/transforms.js'
import { colourImage } from '../src/figures/pixels.js'
import type { Pixels } from '../src/figures/png.js'
import { listMaps } from '../src/nn/gradCam.js'
import { tensor } from '../src/tensor/create.js'
import { ConfigError } from '../src/tensor/errors.js'
import type { Shape } from '../src/tensor/shape.js'
import type { Tensor } from '../src/tensor/tensor.js'
import { type ConfigLayer, didYouMean } from '../src/train/readConfig.js'
import type { LoadedModel } from '../src/train/trained/openTrained.js'
import { openTrainedData } from '../src/train/trained/trainedData.js'
import type { InputFormat } from '../src/train/trained/trainedOn.js'
import { dataProgress } from './dataProgress.js'
import { Screen } from './screen.js'

/** An image to look at through a network. */
export interface Subject {
  /** Its file, or its class in the data set. */
  label: string
  pixels: Pixels
  /** (1, 3, H, W), normalized */
  input: Tensor
}

/** Image files, as the network takes them. */
export async function fileSubjects(files: readonly string[], loaded: LoadedModel): Promise<Subject[]> {
  const { trainedOn } = loaded
  const subjects: Subject[] = []
  for (const file of files) subjects.push(subjectOf(await decodeShown(file, trainedOn), trainedOn, file))
  return subjects
}

/** `count` test images of the data set that the network was trained on, evenly from its beginning to its end. */
export async function testSubjects(count: number, loaded: LoadedModel, settings: ConfigLayer): Promise<Subject[]> {
  const screen = new Screen(process.stderr)
  const { test, format } = await openTrainedData(loaded, settings, { onProgress: dataProgress(screen) })
  screen.clearLive()
  const size = 3 * test.height * test.width
  return Array.from({ length: Math.min(count, test.count) }, (_, i) => {
    const index = Math.floor((i * test.count) / Math.min(count, test.count))
    const planes = test.images.slice(index * size, (index + 1) * size)
    return subjectOf(planes, format, test.classes[test.labels[index]!]!)
  })
}

function subjectOf(planes: Uint8Array, format: InputFormat, label: string): Subject {
  const { height, width } = format
  const input = tensor(normalizePlanes(planes, format), [1, 3, height, width])
  return { label, pixels: colourImage(planes, width), input }
}

/** `name` or the end of it, if it would not fit under a tile. */
export const shorten = (name: string, most: number): string =>
  name.length > most ? `…${name.slice(name.length - most + 1)}` : name

/** A layer that gives maps, by its path; the first if none is named. @throws ConfigError that lists them, if it is none of them */
export function mapsOf(
  { model, name }: LoadedModel,
  input: Tensor,
  layer: string | undefined,
): { path: string; shape: Shape } {
  const layers = listMaps(model, input)
  const found = layers.find(({ path }) => layer === undefined || path === layer)
  if (found) return found
  const paths = layers.map(({ path }) => path)
  const few = [...paths.slice(0, 4), '…', ...paths.slice(-2)].join(', ')
  const list = paths.length > 7 ? `${few} (${paths.length} in all: ghostgrad summary ${name})` : paths.join(', ')
  throw new ConfigError(
    `--layer: expected a layer of ${name} that gives maps, got "${layer}"${didYouMean(layer ?? '', paths)} there are ${list}`,
  )
}
