import type { Command } from 'commander'
import { asDocument } from '../src/figures/drawing.js'
import { drawLines } from '../src/figures/lineChart.js'
import { powerAxis } from '../src/figures/powerAxis.js'
import { writeFileAtomic } from '../src/io/atomic.js'
import { readRunConfig } from '../src/train/initLayer.js'
import { findLearningRate, type LrSearch } from '../src/train/lrFind.js'
import { dataKeys } from '../src/train/openData.js'
import { dataProgress } from './dataProgress.js'
import { addSettings, settingsLayer } from './flags.js'
import { bar, rate } from './format.js'
import { suggestNewerNode } from './olderNode.js'
import { Screen } from './screen.js'

interface LrFindFlags {
  steps: string
  from: string
  to: string
  out: string
  json?: boolean
}

export function addLrFind(program: Command): void {
  const command = program
    .command('lr-find')
    .description(
      'a learning rate to start from: trains a few steps at rising ones and looks up to which the loss falls',
    )
    .option('--from <lr>', 'learning rate of the first step', '1e-5')
    .option('--to <lr>', 'learning rate of the last step', '10')
    .option('--steps <n>', 'how many', '100')
    .option('--out <file>', 'the losses as a figure', 'lr-find.svg')
    .option('--json', 'one JSON object: {suggestion, diverged, points: [{lr, loss, smoothed}]}')
  addSettings(command, ['model', 's', 'd', 'ghostFirst', 'channels', 'width', 'groups', 'dropout', 'init', 'freeze'])
  addSettings(command, [...dataKeys, 'batchSize', 'order', 'dropLast', 'accumulate', 'augment', 'mixup', 'cutmix'])
  addSettings(command, ['valSplit', 'optimizer', 'momentum', 'nesterov', 'weightDecay', 'decayExempt'])
  addSettings(command, ['labelSmoothing', 'classWeights', 'clipNorm', 'seed', 'backend', 'threads'])
  command
    .addHelpText(
      'after',
      `
Examples:
  $ ghostgrad lr-find --model ghost-resnet56
  $ ghostgrad lr-find --model ghostnet --optimizer adamw --from 1e-6 --to 1 --out ghostnet-lr.svg`,
    )
    .action(async ({ steps, from, to, out, json }: LrFindFlags) => {
      suggestNewerNode()
      const screen = new Screen(json ? process.stderr : process.stdout)
      const config = readRunConfig(settingsLayer(command))
      const search = await findLearningRate(config, {
        ...{ steps: Number(steps), minLr: Number(from), maxLr: Number(to) },
        onProgress: dataProgress(screen),
        onNote: (text) => screen.line(text),
        onStep: ({ step, lr, loss }) =>
          screen.live(
            () => `${bar(step / Number(steps), 20)} ${step}/${steps}  lr ${rate(lr)}  loss ${loss.toFixed(4)}`,
          ),
      })
      screen.clearLive()
      writeFileAtomic(out, draw(search, config.model))
      if (json) return console.log(JSON.stringify(search))
      for (const line of describe(search)) screen.line(line)
      screen.line(`the whole course is in ${out}`)
    })
}

/** A dozen rows of the course, and the suggestion. */
function describe({ points, suggestion, diverged }: LrSearch): string[] {
  const step = Math.max(1, Math.ceil(points.length / 12))
  const chosen = points.filter(({ lr }, i) => i % step === 0 || i === points.length - 1 || lr === suggestion)
  const row = (lr: string, loss: string, smoothed: string) => lr.padStart(9) + loss.padStart(11) + smoothed.padStart(11)
  return [
    row('lr', 'loss', 'smoothed'),
    ...chosen.map(({ lr, loss, smoothed }) => {
      const mark = lr === suggestion ? '  suggested' : ''
      return row(rate(lr), loss.toFixed(4), smoothed.toFixed(4)) + mark
    }),
    ...(diverged ? [`the loss diverged after lr ${rate(points.at(-1)!.lr)}`] : []),
    suggestion === null
      ? 'no suggestion: the loss did not fall; take more --steps, or start from a lower --from'
      : `suggestion: --lr ${rate(suggestion)}`,
  ]
}

function draw({ points, suggestion }: LrSearch, model: string): string {
  const logs = points.map(({ lr }) => Math.log10(lr))
  const smoothed = points.map((point) => point.smoothed)
  const curve = points.map((point, i) => [logs[i]!, point.smoothed] as const)
  const mark = suggestion === null ? [] : [Math.log10(suggestion)]
  return asDocument(
    drawLines({
      ...{ title: `${model}: loss at rising learning rates`, x: 'learning rate', y: 'smoothed loss' },
      xAxis: powerAxis('learning rate', logs),
      lines: [
        { label: 'loss', series: 0, points: curve, tooltip: 'smoothed loss of the training batches' },
        ...mark.map((x) => ({
          ...{ label: `lr ${rate(suggestion!)}`, series: 1, tooltip: 'the suggested learning rate' },
          points: [Math.min(...smoothed), Math.max(...smoothed)].map((y) => [x, y] as const),
        })),
      ],
    }),
  )
}
