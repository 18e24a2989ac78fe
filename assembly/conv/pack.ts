import { share } from '../call'
import { paddedRows, panelCount, panelStart } from './gemm'

/**
 * Weights packed for the product tile: a[group][panel][tap][C][rows of the panel], zeros beyond M, where M counts the channels
 * that are computed and C those that are summed over.
 * @param table the taps' byte offsets in w
 * @param groupStep bytes in w from one group to the next; mStep, cStep: from one of M, of C to the next
 */
export function convPack(
  thread: i32, threads: i32, a: usize, w: usize, table: usize, taps: i32, M: i32, C: i32, groups: i32, groupStep: usize,
  mStep: usize, cStep: usize,
): void {
  const padded = paddedRows(M), panels = panelCount(padded)
  const end = share(groups * panels, thread + 1, threads)
  for (let item = share(groups * panels, thread, threads); item < end; item++) {
    const group = item / panels
    const m = panelStart(padded, item - group * panels)
    const rows = panelStart(padded, item - group * panels + 1) - m, wanted = min(rows, M - m)
    const from = w + <usize>group * groupStep + <usize>m * mStep
    let to = a + ((<usize>((group * padded + m) * taps * C)) << 2)
    for (let tap = 0; tap < taps; tap++) {
      let source = from + load<usize>(table + (<usize>tap << 2))
      for (let c = 0; c < C; c++, source += cStep) {
        let p = source
        for (let r = 0; r < rows; r++, to += 4, p += mStep) store<f32>(to, r < wanted ? load<f32>(p) : 0)
      }
    }
  }
}
