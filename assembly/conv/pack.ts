import { int, ptr, share } from '../call'
import { paddedRows, panelCount, panelStart } from './gemm'

/**
 * Weights packed for the product tile: a[group][panel][tap][C][rows of the panel], zeros beyond M, where M counts the channels
 * that are computed and C those that are summed over.
 * Arguments: a, w, table of the taps' byte offsets in w, taps, M, C, groups, bytes in w from one group to the next, from one of
 * M to the next, from one of C to the next.
 */
export function convPack(thread: i32, threads: i32): void {
  const table = ptr(2), taps = int(3), M = int(4), C = int(5), groups = int(6)
  const groupStep = <usize>int(7), mStep = <usize>int(8), cStep = <usize>int(9)
  const padded = paddedRows(M), panels = panelCount(padded)
  const end = share(groups * panels, thread + 1, threads)
  for (let item = share(groups * panels, thread, threads); item < end; item++) {
    const group = item / panels
    const m = panelStart(padded, item - group * panels)
    const rows = panelStart(padded, item - group * panels + 1) - m, wanted = min(rows, M - m)
    const from = ptr(1) + <usize>group * groupStep + <usize>m * mStep
    let a = ptr(0) + ((<usize>((group * padded + m) * taps * C)) << 2)
    for (let tap = 0; tap < taps; tap++) {
      let w = from + load<usize>(table + (<usize>tap << 2))
      for (let c = 0; c < C; c++, w += cStep) {
        let p = w
        for (let r = 0; r < rows; r++, a += 4, p += mStep) store<f32>(a, r < wanted ? load<f32>(p) : 0)
      }
    }
  }
}
