import type { StopReason } from '../src/train/events.js'
import type { Run } from '../src/train/run.js'
import type { TrainReport } from './trainReport.js'

/**
 * Train and report. The first Ctrl-C (or SIGTERM, or `signal`) ends it after the running step and saves; the second Ctrl-C ends the
 * process at once.
 */
export async function trainRun(run: Run, report: TrainReport, signal?: AbortSignal): Promise<StopReason> {
  const stop = new AbortController()
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(130)
    stop.abort()
    report.stopping()
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  try {
    report.start()
    const reason = await run.train(report.events, signal ? AbortSignal.any([stop.signal, signal]) : stop.signal)
    report.end(reason)
    return reason
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
    await run.close()
  }
}
