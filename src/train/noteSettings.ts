import type { OwnReport } from '../data/own/loadOwn.js'
import { augmentByName } from '../data/transforms.js'
import { availableCores } from '../tensor/wasm/host/cores.js'
import { type RunConfig, runSchema } from './config.js'
import { isOwnData } from './openData.js'
import type { Trainer } from './trainer.js'

/** Settings that only images of the user's own heed. */
const ownKeys = ['labels', 'labelColumn', 'imageColumn', 'testShare', 'splitSeed', 'skipBad'] as const

const defaults = runSchema.parse({})

/** Say, before work starts, what settings do that may not be meant. @param report of images of the user's own */
export function noteSettings(
  config: RunConfig,
  trainer: Trainer,
  report: OwnReport | undefined,
  onNote: (text: string) => void,
): void {
  const { data, augment, threads, maxSteps, schedule, syncBn, epochs, overfitBatches, fastDevRun, patience } = config
  const isMirrored = overfitBatches === undefined && augmentByName(augment)?.flip === true
  if (isOwnData(data) && isMirrored) {
    onNote(
      `augmentation ${augment} mirrors one image in two; where left and right matter (digits, letters, signs): --augment crop`,
    )
  }
  if (!isOwnData(data)) {
    const idle = ownKeys.filter((key) => config[key] !== defaults[key])
    if (idle.length > 0) onNote(`${idle.join(', ')}: for images of your own, without effect on ${data}`)
  }
  const isShared = config.testShare !== defaults.testShare || config.splitSeed !== defaults.splitSeed
  if (isShared && report?.isDivided === false) {
    onNote(`testShare and splitSeed have no effect: ${data} says itself what is for testing`)
  }
  const cores = availableCores()
  if (threads !== undefined && threads > cores && config.backend === 'wasm') {
    onNote(`${threads} threads on ${cores} cores: they wait for each other, and ${cores} would be faster`)
  }
  if (syncBn && trainer.communicator.size === 1) onNote('syncBn has no effect in one process alone (--distributed)')
  const late = schedule === 'multistep' && config.milestones.every((epoch) => epoch >= epochs)
  if (late) onNote(`all milestones lie at or behind the end of ${epochs} epochs: the learning rate never falls`)
  const planned = epochs * trainer.stepsPerEpoch
  if (maxSteps !== undefined && maxSteps > planned)
    onNote(`maxSteps ${maxSteps} has no effect: the run has ${planned} steps`)
  if (patience !== undefined && patience >= epochs)
    onNote(`patience ${patience} cannot stop a run of ${epochs} epochs early`)
  const falls = schedule === 'cosine' || schedule === 'onecycle'
  if (falls && maxSteps !== undefined && maxSteps < planned && !fastDevRun) {
    const last = Number(trainer.options.schedule(maxSteps - 1).toPrecision(3))
    onNote(
      `maxSteps ends the run at step ${maxSteps}, before the ${schedule} schedule does (${planned} steps): the learning rate is ${last} then; ` +
        'fewer epochs let it come to its end',
    )
  }
}
