import type { OnProgress } from '../src/data/progress.js'
import { bytes, percent } from './format.js'
import type { Screen } from './screen.js'

/** Shows what happens while data is fetched and checked. */
export function dataProgress(screen: Screen): OnProgress {
  return ({ stage, message, doneBytes, totalBytes }) => {
    if (stage === 'note') return screen.line(message)
    const amount = doneBytes === undefined ? '' : ` ${bytes(doneBytes)}`
    const share = doneBytes !== undefined && totalBytes ? ` (${percent(doneBytes / totalBytes, 0)})` : ''
    screen.live(() => `${message}${amount}${share}`)
  }
}
