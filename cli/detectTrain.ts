import { join } from 'node:path'
import type { Command } from 'commander'
import { detectFields, readDetectConfig } from '../src/detect/train/detectConfig.js'
import { type DetectionRun, resumeDetection, startDetection } from '../src/detect/train/detectionRun.js'
import type { DetectionEpoch, DetectionStep } from '../src/detect/train/detectionTrainer.js'
import { getBackend } from '../src/tensor/backend.js'
import { ConfigError } from '../src/tensor/errors.js'
import { yamlLayer } from '../src/train/readConfig.js'
import { runFiles } from '../src/train/weights.js'
import { say } from './errors.js'
import { addFields, fieldsLayer } from './flags.js'
import { bar, count, duration, integer, percent, rate, short } from './format.js'
import { Screen } from './screen.js'

interface Flags {
  config?: string
  resume?: string
  json?: boolean
}

export function addDetectTrain(detect: Command): void {
  const command = detect
    .command('train')
    .description('train a detector, with a live line, logs and checkpoints; Ctrl-C saves')
    .option('--config <file>', 'YAML file of settings: the names below in camelCase; flags win over it')
    .option('--resume <path>', 'go on with a run, from its folder or a checkpoint file, to the same bits')
    .option('--json', 'one JSON object a line: steps and epochs')
  addFields(command, detectFields)
  command
    .addHelpText(
      'after',
      `
Examples:
  $ ghostgrad detect train --epochs 10
  $ ghostgrad detect train --config configs/detect/bccd.yaml --from BCCD_Dataset --backbone-weights runs/ghostnet
  $ ghostgrad detect train --resume runs/my-run --epochs 40`,
    )
    .action((flags: Flags) => train(command, flags))
}

async function train(command: Command, { config, resume, json }: Flags): Promise<void> {
  const layer = fieldsLayer(command, detectFields)
  const screen = new Screen(json ? process.stderr : process.stdout)
  if (resume !== undefined && config !== undefined) {
    throw new ConfigError('--resume and --config exclude each other: a run that is resumed has its own configuration')
  }
  const run =
    resume !== undefined
      ? await resumeDetection(resume, layer)
      : await startDetection(readDetectConfig(...(config === undefined ? [] : [yamlLayer(config)]), layer))
  if (run.isDone) {
    throw new ConfigError(`${run.folder} is complete: to train on, give more --epochs or --max-steps`)
  }
  const stop = new AbortController()
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(130)
    stop.abort()
    screen.line('stopping after this step; again Ctrl-C: at once, without saving')
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  try {
    for (const line of describe(run)) screen.line(line)
    const reason = await run.train(json ? jsonEvents() : screenEvents(run, screen), stop.signal)
    screen.clearLive()
    if (reason === 'interrupted') sayStopped(run)
    else for (const line of ending(run)) screen.line(line)
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
  }
}

function describe({ config, data, trainer, folder, bad }: DetectionRun): string[] {
  const { detector, backbone, width, optimizer, lr, batchSize, epochs } = config
  const { model, trainLoader } = trainer.options
  const [rows, columns] = trainLoader.options.canvas
  const widened = width === undefined ? '' : ` ${width}×`
  const dropped = bad.length === 0 ? '' : `, ${count(bad.length, 'bad box').replace('boxs', 'boxes')} left out`
  return [
    `${detector} on ${backbone}${widened}: ${short(model.numParameters)} weights, on ${getBackend().description}`,
    `${config.data}: ${data.train.images.length} training and ${data.test.images.length} test images of ${columns} × ${rows} pixels, ` +
      `${data.train.classes.length} classes${dropped}`,
    `${optimizer}, lr ${rate(lr)}, batch ${batchSize}, ${count(epochs, 'epoch')} of ${count(trainer.stepsPerEpoch, 'step')}`,
    `logs and checkpoints in ${folder}`,
    '',
    '    epoch  train loss      AP    AP50    AP75  images/s       lr    time',
  ]
}

const share = (value: number | undefined): string => (value === undefined || value < 0 ? '–' : (100 * value).toFixed(1))

function epochRow(event: DetectionEpoch, epochs: number): string {
  const { metrics, epoch, trainLoss, imagesPerSecond, lr, seconds, isBest } = event
  const cells = [
    `${epoch}/${epochs}`.padStart(9),
    trainLoss.toFixed(4).padStart(12),
    ...[metrics?.ap, metrics?.ap50, metrics?.ap75].map((value) => share(value).padStart(8)),
    imagesPerSecond.toFixed(1).padStart(10),
    rate(lr).padStart(9),
    duration(seconds).padStart(8),
  ]
  return cells.join('') + (isBest ? '  best' : '')
}

function screenEvents({ config, trainer, data }: DetectionRun, screen: Screen) {
  let seconds = 0
  let steps = 0
  const live = ({ epoch, epochStep, stepsPerEpoch, trainLoss, losses, images, step }: DetectionStep): string => {
    const left = ((trainer.totalSteps - step) * seconds) / steps
    const parts = Object.entries(losses).map(([name, value]) => `${name} ${value.toFixed(3)}`)
    const speed = ((images * steps) / seconds).toFixed(1)
    const drawn = screen.isTerminal ? `${bar(epochStep / stepsPerEpoch, 12)} ` : ''
    return (
      `epoch ${epoch}/${config.epochs} ${drawn}step ${epochStep}/${stepsPerEpoch}, loss ${trainLoss.toFixed(4)} ` +
      `(${parts.join(', ')}), ${speed} images/s, ${duration(left)} left`
    )
  }
  return {
    onStep: (event: DetectionStep) => {
      steps++
      seconds += event.seconds
      screen.live(() => live(event))
    },
    onEvaluation: (images: number) => {
      if (screen.isTerminal) screen.live(() => `testing ${percent(images / data.test.images.length, 0)}`)
    },
    onEpoch: (event: DetectionEpoch) => {
      const row = epochRow(event, config.epochs)
      screen.line(event.isBest ? screen.paint('green', row) : row)
    },
  }
}

const jsonEvents = () => ({
  onStep: (event: DetectionStep) => console.log(JSON.stringify(event)),
  onEpoch: (event: DetectionEpoch) => console.log(JSON.stringify({ event: 'epoch', ...event })),
})

function ending({ trainer, folder }: DetectionRun): string[] {
  const { best, seconds, step } = trainer.progress
  const result = best ? `best AP ${share(best.accuracy)}, after epoch ${best.epoch}` : `${integer(step)} steps`
  return [
    '',
    `Done in ${duration(seconds)}: ${result}`,
    `  weights    ${join(folder, runFiles.model)}`,
    `  evaluate   npx ghostgrad detect eval --weights ${folder}`,
    `  predict    npx ghostgrad detect predict IMAGE --weights ${folder} --out boxes.png`,
  ]
}

function sayStopped({ folder, trainer }: DetectionRun): void {
  const { step, epochs } = trainer.progress
  say(
    `stopped after step ${step} (${count(epochs, 'epoch')} done) and saved; go on with: npx ghostgrad detect train --resume ${folder}`,
  )
  process.exitCode = 130
}
