import type { Command } from 'commander'
import { softmax } from '../src/autograd/functional.js'
import type { Panel } from '../src/figures/grid.js'
import { heatOver } from '../src/figures/heatMap.js'
import { gradCam, lastMaps } from '../src/nn/gradCam.js'
import { tensor } from '../src/tensor/create.js'
import { ConfigError } from '../src/tensor/errors.js'
import { modelTitle } from '../src/train/modelTitle.js'
import { dataKeys } from '../src/train/openData.js'
import type { LoadedModel } from '../src/train/trained/openTrained.js'
import { addOut, type FigureFlags, writeGrid } from './figureFiles.js'
import { fileSubjects, mapsOf, type Subject, shorten, testSubjects } from './figureImages.js'
import { addSettings, settingsLayer, wholeFlag } from './flags.js'
import { percent } from './format.js'
import { addWeights, openModel } from './openModel.js'

interface Flags extends FigureFlags {
  weights: string
  layer?: string
  class?: string
  count: string
}

/** Pixels. */
const tile = 112
const inARow = 4

export function addFigureGradCam(figure: Command): void {
  const command = figure
    .command('gradcam [image...]')
    .description('where in images the network sees a class: Grad-CAM (Selvaraju et al. 2017)')
    .option('--layer <path>', 'the layer whose maps are weighed (default: the last with maps of at least 4 × 4 pixels)')
    .option('--class <name>', 'the class to look for (default: for each image the likeliest)')
    .option('--count <n>', 'test images, if no files are named', '8')
  addWeights(addOut(command, 'gradcam'))
  addSettings(command, [...dataKeys, 'backend', 'threads'])
  command
    .addHelpText(
      'after',
      `
Examples:
  $ ghostgrad figure gradcam cat.jpg dog.jpg --weights runs/my-run
  $ ghostgrad figure gradcam cat.jpg --weights runs/my-run --class dog
  $ ghostgrad figure gradcam --weights runs/my-run --count 12 --layer layer2`,
    )
    .action(async (files: string[], flags: Flags) => {
      const loaded = openModel(command, flags.weights)
      const { classes } = loaded.trainedOn
      const label = flags.class === undefined ? undefined : classes.indexOf(flags.class)
      if (label === -1) {
        throw new ConfigError(`--class: expected one of ${classes.join(', ')}, got "${flags.class}"`)
      }
      const count = wholeFlag('--count', flags.count)
      const subjects =
        files.length > 0 ? await fileSubjects(files, loaded) : await testSubjects(count, loaded, settingsLayer(command))
      const { input } = subjects[0]!
      const path = flags.layer === undefined ? lastMaps(loaded.model, input) : mapsOf(loaded, input, flags.layer).path
      const panels = subjects.map((subject) => panel(loaded, subject, path, label, classes))
      await writeGrid(flags.out, {
        title: `${modelTitle(loaded.name)}: Grad-CAM at ${path}`,
        rows: Array.from({ length: Math.ceil(panels.length / inARow) }, (_, i) =>
          panels.slice(i * inARow, (i + 1) * inARow),
        ),
        notes: [
          'Over each image: its label or file. Under the heat map: the class that is looked for, and its probability.',
        ],
        tile,
      })
    })
}

function panel(
  { model }: LoadedModel,
  { input, pixels, label: title }: Subject,
  path: string,
  label: number | undefined,
  classes: readonly string[],
): Panel {
  const cam = gradCam(model, input, path, label)
  const probability = softmax(tensor(cam.logits, [1, cam.logits.length])).data[cam.class]!
  const heat = heatOver(pixels, cam.map, cam.height, Math.max(1, Math.round((2 * tile) / pixels.width)))
  const words = `${shorten(classes[cam.class]!, 12)} ${percent(probability, 0)}`
  return { label: shorten(title, 34), columns: 2, tiles: [{ image: pixels }, { image: heat, label: words }] }
}
