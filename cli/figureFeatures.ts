import type { Command } from 'commander'
import type { Tile } from '../src/figures/grid.js'
import { greyMap, splitMaps } from '../src/figures/pixels.js'
import { captureOutputs } from '../src/nn/capture.js'
import { modelTitle } from '../src/train/modelTitle.js'
import { dataKeys } from '../src/train/openData.js'
import { addOut, type FigureFlags, writeGrid } from './figureFiles.js'
import { fileSubjects, mapsOf, shorten, testSubjects } from './figureImages.js'
import { addSettings, settingsLayer } from './flags.js'
import { addWeights, openModel } from './openModel.js'

const mostMaps = 128

export function addFigureFeatures(figure: Command): void {
  const command = figure
    .command('features [image]')
    .description('the maps that a layer makes of an image (default: the first test image)')
    .option('--layer <path>', 'the layer, by its path (default: the first that gives maps)')
  addWeights(addOut(command, 'features'))
  addSettings(command, [...dataKeys, 'backend', 'threads'])
  command
    .addHelpText(
      'after',
      `
Examples:
  $ ghostgrad figure features cat.jpg --weights runs/my-run
  $ ghostgrad figure features --weights runs/my-run --layer layer2 --out inside`,
    )
    .action(async (file: string | undefined, flags: FigureFlags & { weights: string; layer?: string }) => {
      const loaded = openModel(command, flags.weights)
      const subjects =
        file === undefined ? await testSubjects(1, loaded, settingsLayer(command)) : await fileSubjects([file], loaded)
      const { input, pixels, label } = subjects[0]!
      const layer = mapsOf(loaded, input, flags.layer)
      const [output] = captureOutputs(loaded.model, input, [layer.path])
      const [, channels, height, width] = layer.shape as [number, number, number, number]
      const tiles = splitMaps(output!).slice(0, mostMaps)
      const shown = channels > mostMaps ? `the first ${mostMaps} of ${channels} maps` : `${channels} maps`
      await writeGrid(flags.out, {
        title: `${modelTitle(loaded.name)}: ${layer.path}`,
        rows: [
          [{ label: 'input', columns: 1, tiles: [{ image: pixels, label: shorten(label, 10) }] }],
          [
            {
              label: `${shown} of ${width} × ${height} pixels`,
              columns: 16,
              tiles: tiles.map((map, i): Tile => ({ image: greyMap(map, width), label: String(i) })),
            },
          ],
        ],
        notes: ['Each map in its own shades, from its smallest number (black) to its largest (white).'],
      })
    })
}
