import { int, ptr, share } from '../call'

/**
 * Weights packed for the product tile: a[group][M/4][tap][C][4], zeros beyond M, where M counts the channels that are computed
 * and C those that are summed over.
 * Arguments: a, w, table of the taps' byte offsets in w, taps, M, C, groups, bytes in w from one group to the next, from one of
 * M to the next, from one of C to the next.
 */
export function convPack(thread: i32, threads: i32): void {
  const table = ptr(2), taps = int(3), M = int(4), C = int(5), groups = int(6)
  const groupStep = <usize>int(7), mStep = <usize>int(8), cStep = <usize>int(9)
  const panels = (M + 3) >> 2
  const end = share(groups * panels, thread + 1, threads)
  for (let item = share(groups * panels, thread, threads); item < end; item++) {
    const group = item / panels
    const m = 4 * (item - group * panels)
    const rows = min(4, M - m)
    const from = ptr(1) + <usize>group * groupStep + <usize>m * mStep
    let a = ptr(0) + ((<usize>(item * taps * C)) << 4)
    for (let tap = 0; tap < taps; tap++) {
      let w = from + load<usize>(table + (<usize>tap << 2))
      for (let c = 0; c < C; c++, w += cStep, a += 16) {
        if (rows < 4) v128.store(a, f32x4.splat(0))
        store<f32>(a, load<f32>(w))
        if (rows > 1) store<f32>(a, load<f32>(w + mStep), 4)
        if (rows > 2) store<f32>(a, load<f32>(w + 2 * mStep), 8)
        if (rows > 3) store<f32>(a, load<f32>(w + 3 * mStep), 12)
      }
    }
  }
}

/**
 * y += bias of the channel, but not in the padded lanes. Arguments: y, bias, channels, pixels, batch, lanes.
 */
export function convBias(thread: i32, threads: i32): void {
  const pixels = int(3), batch = int(4), lanes = int(5)
  const end = share(int(2), thread + 1, threads)
  for (let k = share(int(2), thread, threads); k < end; k++) {
    const value = load<f32>(ptr(1) + (<usize>k << 2))
    const bias = f32x4.splat(value)
    let y = ptr(0) + ((<usize>k * <usize>pixels * <usize>lanes) << 2)
    for (let pixel = 0; pixel < pixels; pixel++) {
      let n = 0
      for (; n + 4 <= batch; n += 4, y += 16) v128.store(y, f32x4.add(v128.load(y), bias))
      if (n == lanes) continue
      for (let p = y; n < batch; n++, p += 4) store<f32>(p, load<f32>(p) + value)
      y += 16
    }
  }
}
