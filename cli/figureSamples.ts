import type { Command } from 'commander'
import type { ImageDataset } from '../src/data/dataset.js'
import { DataLoader } from '../src/data/loader.js'
import { augmentByName } from '../src/data/transforms.js'
import type { Tile } from '../src/figures/grid.js'
import { colourImage } from '../src/figures/pixels.js'
import { dataKeys, openData } from '../src/train/openData.js'
import { readConfig } from '../src/train/readConfig.js'
import { dataProgress } from './dataProgress.js'
import { addOut, type FigureFlags, writeGrid } from './figureFiles.js'
import { shorten } from './figureImages.js'
import { addSettings, settingsLayer, wholeFlag } from './flags.js'
import { Screen } from './screen.js'

export function addFigureSamples(figure: Command): void {
  const command = figure
    .command('samples')
    .description('training images with their labels, changed as in training')
    .option('--count <n>', 'images', '32')
  addSettings(addOut(command, 'samples'), [...dataKeys, 'augment', 'order', 'seed'])
  command
    .addHelpText(
      'after',
      `
Examples:
  $ ghostgrad figure samples --data photos --image-size 64
  $ ghostgrad figure samples --data cifar10-sample --augment cutout --seed 3`,
    )
    .action(async (flags: FigureFlags & { count: string }) => {
      const config = readConfig(settingsLayer(command))
      const screen = new Screen(process.stderr)
      const { train } = await openData(config, { onProgress: dataProgress(screen) })
      screen.clearLive()
      const batchSize = Math.min(wholeFlag('--count', flags.count), train.count)
      const { order, seed, augment } = config
      const loader = new DataLoader(train, { batchSize, order, seed, augment: augmentByName(augment)!, worker: false })
      for await (const { images, labels, count } of loader.epoch(0)) {
        const tiles = Array.from({ length: count }, (_, i) => tileOf(train, images, labels[i]!, i))
        await writeGrid(flags.out, {
          title: `${config.data}: training images, augmentation ${augment}`,
          rows: [[{ label: `the first ${count} of epoch 1, seed ${seed}`, columns: 8, tiles }]],
          tile: 72,
        })
        break
      }
    })
}

/** One image of a batch in its colours again. */
function tileOf(
  { classes, mean, std, height, width }: ImageDataset,
  images: Float32Array,
  label: number,
  i: number,
): Tile {
  const area = height * width
  const planes = Uint8Array.from(images.subarray(i * 3 * area, (i + 1) * 3 * area), (value, p) => {
    const channel = Math.floor(p / area)
    return Math.min(255, Math.max(0, Math.round(255 * (value * std[channel]! + mean[channel]!))))
  })
  return { image: colourImage(planes, width), label: shorten(classes[label]!, 13) }
}
