import { augmentByName } from '../data/transforms.js'
import { availableCores } from '../tensor/wasm/host/cores.js'
import type { RunConfig } from './config.js'
import { isOwnData } from './openData.js'
import type { Trainer } from './trainer.js'

/** Say, before work starts, what settings do that may not be meant. */
export function noteSettings(config: RunConfig, trainer: Trainer, onNote: (text: string) => void): void {
  const { data, augment, threads, maxSteps, schedule, syncBn, epochs, overfitBatches, fastDevRun } = config
  const isMirrored = overfitBatches === undefined && augmentByName(augment)?.flip === true
  if (isOwnData(data) && isMirrored) {
    onNote(
      `augmentation ${augment} mirrors one image in two; where left and right matter (digits, letters, signs): --augment crop`,
    )
  }
  const cores = availableCores()
  if (threads !== undefined && threads > cores && config.backend === 'wasm') {
    onNote(`${threads} threads on ${cores} cores: they wait for each other, and ${cores} would be faster`)
  }
  if (syncBn && trainer.communicator.size === 1) onNote('syncBn has no effect in one process alone (--distributed)')
  const late = schedule === 'multistep' && config.milestones.every((epoch) => epoch >= epochs)
  if (late) onNote(`all milestones lie at or behind the end of ${epochs} epochs: the learning rate never falls`)
  const planned = epochs * trainer.stepsPerEpoch
  const falls = schedule === 'cosine' || schedule === 'onecycle'
  if (falls && maxSteps !== undefined && maxSteps < planned && !fastDevRun) {
    const last = Number(trainer.options.schedule(maxSteps - 1).toPrecision(3))
    onNote(
      `maxSteps ends the run at step ${maxSteps}, before the ${schedule} schedule does (${planned} steps): the learning rate is ${last} then; ` +
        'fewer epochs let it come to its end',
    )
  }
}
