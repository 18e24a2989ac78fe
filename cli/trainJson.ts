import { epochRecord } from '../src/train/logs.js'
import type { Run } from '../src/train/run.js'
import type { TrainReport } from './trainReport.js'

/** One JSON object a line on stdout, and nothing else there. */
export function jsonReport(run: Run): TrainReport {
  const print = (record: object) => console.log(JSON.stringify(record))
  return {
    events: {
      onLog: print,
      onEpoch: (event) => print({ event: 'epoch', ...epochRecord(event) }),
    },
    start: () => {},
    stopping: () => {},
    end: (reason) => {
      const { step, epochs, seconds, best, test } = run.trainer.progress
      print({
        event: 'done',
        reason,
        step,
        epochs,
        bestEpoch: best?.epoch ?? null,
        bestAccuracy: best?.accuracy ?? null,
        ...(test ? { testLoss: test.loss, testAccuracy: test.accuracy } : {}),
        seconds,
        out: run.folder,
      })
    },
  }
}
