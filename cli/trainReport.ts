import { join } from 'node:path'
import type { EpochEvent, StopReason } from '../src/train/events.js'
import { describeComputation } from '../src/train/processes.js'
import type { Run, RunEvents } from '../src/train/run.js'
import { runFiles } from '../src/train/weights.js'
import { count, duration, percent } from './format.js'
import type { Screen } from './screen.js'
import { TimeLeft } from './timeLeft.js'
import { describeRun, epochHead, epochRow, stepLine, stepSentence, testLine } from './trainLines.js'

/** How a run is shown. */
export interface TrainReport {
  events: RunEvents
  start: () => void
  /** The user asked to stop; the running step is being finished. */
  stopping: () => void
  end: (reason: StopReason) => void
}

/** For processes that leave it to rank 0. */
export const silentReport: TrainReport = { events: {}, start: () => {}, stopping: () => {}, end: () => {} }

/**
 * For a reader: what is run, a row for each epoch, between them a live line, and at the end where everything is. Where lines cannot
 * be drawn in place, plain ones come every few seconds, and the rows once more together at the end.
 */
export function screenReport(run: Run, screen: Screen): TrainReport {
  const { trainer, config, folder } = run
  const timeLeft = new TimeLeft(trainer)
  const rows: string[] = []
  const isValidated = trainer.options.validationLoader !== undefined
  const head = epochHead(isValidated ? 'val' : 'test')
  const paint: Screen['paint'] = (format, text) => screen.paint(format, text)

  const onEpoch = (event: EpochEvent): void => {
    const row = epochRow(event, config.epochs)
    rows.push(row)
    screen.line(event.isBest ? paint('green', row) : row)
  }
  return {
    start: () => {
      for (const line of describeRun(run, describeComputation(trainer.communicator))) screen.line(line)
      screen.line()
      screen.line(paint('bold', head))
    },
    events: {
      onStep: (event) => {
        timeLeft.step(event)
        screen.live(() => {
          const line = {
            ...event,
            epochs: config.epochs,
            imagesPerSecond: timeLeft.imagesPerSecond,
            left: timeLeft.seconds,
          }
          return screen.isTerminal ? stepLine(line, screen.width, paint) : stepSentence(line)
        })
      },
      onEvaluation: ({ epoch, images, totalImages }) => {
        if (screen.isTerminal) screen.live(() => testLine(epoch, config.epochs, images / totalImages, paint))
      },
      onEpoch,
    },
    stopping: () => screen.line('stopping after this step; again Ctrl-C: at once, without saving'),
    end: (reason) => {
      screen.clearLive()
      if (!screen.isTerminal && rows.length > 1) for (const line of ['', head, ...rows]) screen.line(line)
      if (reason === 'interrupted') return
      const { best, seconds, step, test, augmented } = trainer.progress
      const result = best
        ? `best ${isValidated ? 'validation' : 'test'} accuracy ${percent(best.accuracy, 2)}, after epoch ${best.epoch}`
        : count(step, 'step')
      const how =
        reason === 'early-stopped' ? `Stopped early, after ${duration(seconds)}` : `Done in ${duration(seconds)}`
      screen.line(`\n${paint('bold', `${how}: ${result}`)}`)
      if (augmented) {
        const images = isValidated ? 'validation' : 'test'
        screen.line(
          `  with test-time augmentation (${config.tta}), ${images} accuracy ${percent(augmented.accuracy, 2)}`,
        )
      }
      if (test)
        screen.line(`  of its weights, test accuracy ${percent(test.accuracy, 2)}, loss ${test.loss.toFixed(4)}`)
      if (run.isTemporary) return screen.line('  a trial: everything worked, and nothing is kept')
      const bestFile = best ? `, of the best epoch in ${runFiles.best}` : ''
      screen.line(`  weights    ${join(folder, runFiles.model)}${bestFile}`)
      screen.line(`  evaluate   npx ghostgrad eval --weights ${folder}`)
      screen.line(`  predict    npx ghostgrad predict IMAGE --weights ${folder}`)
      screen.line(`  curves     npx ghostgrad serve ${folder}`)
    },
  }
}
