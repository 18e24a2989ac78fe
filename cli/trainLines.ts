import type { RunConfig } from '../src/train/config.js'
import type { EpochEvent, StepEvent } from '../src/train/events.js'
import { modelTitle } from '../src/train/modelTitle.js'
import type { Run } from '../src/train/run.js'
import { bar, count, duration, integer, percent, rate, short } from './format.js'
import type { Screen } from './screen.js'

type Paint = Screen['paint']

/** A few lines: the network, the data, how it is trained. */
export function describeRun({ config, folder, trainer }: Run, backend: string): string[] {
  const { model, trainLoader, validationLoader, testLoader } = trainer.options
  const { optimizer, schedule, lr, batchSize, epochs, data, accumulate = 1, overfitBatches } = config
  const held = overfitBatches === undefined && validationLoader ? `, ${integer(validationLoader.count)} validation` : ''
  const images = `${integer(trainLoader.count)} training${held} and ${integer(testLoader?.count ?? 0)} test images`
  const batch = accumulate > 1 ? `${accumulate} batches of ${batchSize} a step` : `batch ${batchSize}`
  return [
    `${modelTitle(config.model)}: ${short(model.numParameters)} weights, on ${backend}`,
    `${data}: ${images}, augmentation ${augmentation(config)}`,
    `${optimizer}, lr ${rate(lr)} ${schedule}, ${batch}, ${count(epochs, 'epoch')} of ${count(trainer.stepsPerEpoch, 'step')}`,
    ...judgement(config, validationLoader !== undefined, testLoader !== undefined),
    `logs and checkpoints in ${folder}; live curves: npx ghostgrad serve ${folder}`,
  ]
}

const augmentation = ({ augment, mixup, cutmix, overfitBatches }: RunConfig): string => {
  if (overfitBatches !== undefined) return 'none'
  return [augment, ...(mixup ? [`mixup ${mixup}`] : []), ...(cutmix ? [`cutmix ${cutmix}`] : [])].join(', ')
}

/** What decides which epoch is the best, and when training stops. */
function judgement(
  { overfitBatches, patience, monitor = 'accuracy' }: RunConfig,
  isValidated: boolean,
  isTested: boolean,
): string[] {
  if (overfitBatches !== undefined) return ['judged by the training images themselves']
  const images = isValidated ? 'validation' : 'test'
  const advice = isValidated ? '' : ' (--val-split keeps those for the end)'
  if (patience !== undefined)
    return [`stops after ${count(patience, 'epoch')} without better ${images} ${monitor}${advice}`]
  return isValidated ? [`judged by validation ${monitor}${isTested ? '; the test images are for the end' : ''}`] : []
}

const columns = [
  ['epoch', 9],
  ['train loss', 12],
  ['accuracy', 10],
  ['test loss', 11],
  ['accuracy', 10],
  ['images/s', 10],
  ['lr', 9],
  ['time', 8],
] as const

const row = (cells: readonly string[]): string => cells.map((cell, i) => cell.padStart(columns[i]![1])).join('')

/** @param evaluated what epochs are judged by: test or validation images */
export const epochHead = (evaluated: 'test' | 'val'): string =>
  row(columns.map(([name]) => name.replace('test', evaluated)))

export function epochRow(event: EpochEvent, epochs: number): string {
  const { epoch, trainLoss, trainAccuracy, imagesPerSecond, lr, seconds, isBest } = event
  const { valLoss: loss = event.testLoss, valAccuracy: accuracy = event.testAccuracy } = event
  const cells = [
    `${epoch}/${epochs}`,
    trainLoss.toFixed(4),
    percent(trainAccuracy),
    loss?.toFixed(4) ?? '',
    accuracy === null ? '' : percent(accuracy),
    integer(imagesPerSecond),
    rate(lr),
    duration(seconds),
  ]
  return row(cells) + (isBest ? '  best' : '')
}

export interface LiveStep extends StepEvent {
  epochs: number
  imagesPerSecond: number
  /** Seconds to the end of the run. */
  left: number
}

/** The live line: `  2/5 ━━━━━━╸───── 123/390  loss 1.2345  accuracy 55.1 %  203 images/s  3m 12s left` */
export function stepLine(step: LiveStep, width: number, paint: Paint): string {
  const total = String(step.stepsPerEpoch)
  const position = `${String(step.epochStep).padStart(total.length)}/${total}`
  const text = `  loss ${step.trainLoss.toFixed(4)}  accuracy ${percent(step.trainAccuracy)}`
  const speed = `  ${integer(step.imagesPerSecond)} images/s  ${duration(step.left)} left`
  const epoch = `${step.epoch}/${step.epochs}`.padStart(columns[0][1])
  const room = width - 3 - epoch.length - position.length - text.length - speed.length
  const drawn = room >= 6 ? ` ${paint('cyan', bar(step.epochStep / step.stepsPerEpoch, Math.min(30, room)))}` : ''
  return `${paint('bold', epoch)}${drawn} ${position}${text}${paint('dim', speed)}`
}

/** The same as a sentence, for logs. */
export function stepSentence(step: LiveStep): string {
  return (
    `epoch ${step.epoch}/${step.epochs}, step ${step.epochStep}/${step.stepsPerEpoch}, loss ${step.trainLoss.toFixed(4)}, ` +
    `accuracy ${percent(step.trainAccuracy)}, ${integer(step.imagesPerSecond)} images/s, ${duration(step.left)} left`
  )
}

/** `  2/5 ━━━━━━╸───── testing` */
export function testLine(epoch: number, epochs: number, share: number, paint: Paint): string {
  return `${paint('bold', `${epoch}/${epochs}`.padStart(columns[0][1]))} ${paint('cyan', bar(share, 30))} testing`
}
