/**
 * Normalization of each image by itself: x (C, blocks, P, Np) is divided into groups of neighbouring channels and
 * neighbouring places, and each group of each image gets y = (x − mean) · rstd · weight + bias with its own mean and
 * rstd = 1 / √(variance + ε). Group norm, layer norm and instance norm are this with other groups. A vector of images
 * is worked on at a time, and threads share the groups.
 *
 * The kernels have in common: weight and bias, which may be 0, of which channel c and place p of a group take number c
 * · perChannel + p · perPlace; mean and rstd (groups, blocks, splits, Np), where splits are the groups that the places
 * of a channel are divided into; `groups` of `channels` channels with `places` places.
 */
import { share } from './call'
import { firstLanes, fma, fnma, LANES, VECTOR, widenSum } from './simd'

/** Where weights of a group begin that starts at channel `first`; 0 where there are none. */
@inline
function weightsOf(weights: usize, first: i32, perChannel: i32): usize {
  return weights == 0 ? 0 : weights + (<usize>(first * perChannel) << 2)
}

/** Number `c · perChannel + p · perPlace` of weights, or `none` where there are none. */
@inline
function weightAt(weights: usize, c: i32, p: i32, perChannel: i32, perPlace: i32, none: f32): v128 {
  if (weights == 0) return f32x4.splat(none)
  return v128.load32_splat(weights + (<usize>(c * perChannel + p * perPlace) << 2))
}

/** Σ (x − shift)^power over a group for a vector of images, channel by channel, which rounds less than one long sum. */
@inline
function moment(x: usize, channels: i32, places: i32, nextChannel: usize, nextPlace: usize, shift: v128, power: i32): v128 {
  let total = f32x4.splat(0)
  for (let c = 0; c < channels; c++) {
    let sum = f32x4.splat(0)
    let at = x + <usize>c * nextChannel
    for (let p = 0; p < places; p++, at += nextPlace) {
      const d = f32x4.sub(v128.load(at), shift)
      sum = power == 1 ? f32x4.add(sum, d) : fma(d, d, sum)
    }
    total = f32x4.add(total, sum)
  }
  return total
}

/** Normalize, and keep mean and rstd for the gradient. Padded lanes of y are zero. */
export function groupNorm(
  thread: i32, threads: i32, y: usize, x: usize, weight: usize, bias: usize, mean: usize, rstd: usize, groups: i32,
  blocks: i32, splits: i32, channels: i32, places: i32, perChannel: i32, perPlace: i32, N: i32, Np: i32, eps: f32,
): void {
  const nextPlace = <usize>Np << 2
  const nextBlock = nextPlace * <usize>(splits * places)
  const nextChannel = nextBlock * <usize>blocks
  const count = f32x4.splat(1 / <f32>(channels * places))
  const epsilon = f32x4.splat(eps)
  const items = groups * blocks * splits
  const end = share(items, thread + 1, threads)
  for (let item = share(items, thread, threads); item < end; item++) {
    const split = item % splits, block = (item / splits) % blocks, group = item / (splits * blocks)
    const start = <usize>(group * channels) * nextChannel + <usize>block * nextBlock + <usize>(split * places) * nextPlace
    const w = weightsOf(weight, group * channels, perChannel), b = weightsOf(bias, group * channels, perChannel)
    for (let lane = 0; lane < Np; lane += LANES) {
      const offset = start + (<usize>lane << 2)
      // Around a value of the group: little cancels where the mean is far from 0.
      const around = v128.load(x + offset)
      const m = fma(moment(x + offset, channels, places, nextChannel, nextPlace, around, 1), count, around)
      const variance = f32x4.mul(moment(x + offset, channels, places, nextChannel, nextPlace, m, 2), count)
      const r = f32x4.div(f32x4.splat(1), f32x4.sqrt(f32x4.add(variance, epsilon)))
      const statistic = <usize>item * nextPlace + (<usize>lane << 2)
      v128.store(mean + statistic, m)
      v128.store(rstd + statistic, r)
      const real = firstLanes(min(LANES, max(0, N - lane)))
      for (let c = 0; c < channels; c++) {
        let at = offset + <usize>c * nextChannel
        for (let p = 0; p < places; p++, at += nextPlace) {
          const scale = f32x4.mul(r, weightAt(w, c, p, perChannel, perPlace, 1))
          const shifted = f32x4.sub(v128.load(x + at), m)
          v128.store(y + at, v128.and(real, fma(shifted, scale, weightAt(b, c, p, perChannel, perPlace, 0))))
        }
      }
    }
  }
}

/**
 * dx = rstd · (g − (Σ g + x̂ · Σ g · x̂) / n) with g = dy · weight, x̂ = (x − mean) · rstd and sums over a group. dx
 * may be dy.
 */
export function groupNormBackward(
  thread: i32, threads: i32, dx: usize, dy: usize, x: usize, weight: usize, mean: usize, rstd: usize, groups: i32,
  blocks: i32, splits: i32, channels: i32, places: i32, perChannel: i32, perPlace: i32, Np: i32,
): void {
  const nextPlace = <usize>Np << 2
  const nextBlock = nextPlace * <usize>(splits * places)
  const nextChannel = nextBlock * <usize>blocks
  const count = f32x4.splat(1 / <f32>(channels * places))
  const items = groups * blocks * splits
  const end = share(items, thread + 1, threads)
  for (let item = share(items, thread, threads); item < end; item++) {
    const split = item % splits, block = (item / splits) % blocks, group = item / (splits * blocks)
    const start = <usize>(group * channels) * nextChannel + <usize>block * nextBlock + <usize>(split * places) * nextPlace
    const w = weightsOf(weight, group * channels, perChannel)
    for (let lane = 0; lane < Np; lane += LANES) {
      const offset = start + (<usize>lane << 2)
      const statistic = <usize>item * nextPlace + (<usize>lane << 2)
      const m = v128.load(mean + statistic), r = v128.load(rstd + statistic)
      let sum = f32x4.splat(0), product = f32x4.splat(0)
      for (let c = 0; c < channels; c++) {
        let sumOfChannel = f32x4.splat(0), productOfChannel = f32x4.splat(0)
        let at = offset + <usize>c * nextChannel
        for (let p = 0; p < places; p++, at += nextPlace) {
          const g = f32x4.mul(v128.load(dy + at), weightAt(w, c, p, perChannel, perPlace, 1))
          sumOfChannel = f32x4.add(sumOfChannel, g)
          productOfChannel = fma(g, f32x4.mul(f32x4.sub(v128.load(x + at), m), r), productOfChannel)
        }
        sum = f32x4.add(sum, sumOfChannel)
        product = f32x4.add(product, productOfChannel)
      }
      const meanOfG = f32x4.mul(sum, count), slope = f32x4.mul(product, count)
      for (let c = 0; c < channels; c++) {
        let at = offset + <usize>c * nextChannel
        for (let p = 0; p < places; p++, at += nextPlace) {
          const g = f32x4.mul(v128.load(dy + at), weightAt(w, c, p, perChannel, perPlace, 1))
          const normalized = f32x4.mul(f32x4.sub(v128.load(x + at), m), r)
          v128.store(dx + at, f32x4.mul(r, f32x4.sub(fnma(normalized, slope, g), meanOfG)))
        }
      }
    }
  }
}

/**
 * dweight = Σ dy · x̂ and dbias = Σ dy over all that a number of weight and bias belongs to. Threads share the numbers.
 */
export function groupNormWeightGrad(
  thread: i32, threads: i32, dweight: usize, dbias: usize, dy: usize, x: usize, mean: usize, rstd: usize, groups: i32,
  blocks: i32, splits: i32, channels: i32, places: i32, perChannel: i32, perPlace: i32, Np: i32,
): void {
  const nextPlace = <usize>Np << 2
  const C = groups * channels
  const placesEach = perPlace == 0 ? 1 : places
  const numbers = (perChannel == 0 ? 1 : C) * placesEach
  const end = share(numbers, thread + 1, threads)
  for (let number = share(numbers, thread, threads); number < end; number++) {
    const firstC = perChannel == 0 ? 0 : number / placesEach, endC = perChannel == 0 ? C : firstC + 1
    const firstP = perPlace == 0 ? 0 : number % placesEach, endP = perPlace == 0 ? places : firstP + 1
    let product: f64 = 0, sum: f64 = 0
    for (let c = firstC; c < endC; c++) {
      const group = c / channels
      for (let part = 0; part < blocks * splits; part++) {
        const row = <usize>((c * blocks * splits + part) * places + firstP) * nextPlace
        const statistics = <usize>(group * blocks * splits + part) * nextPlace
        let products = f32x4.splat(0), sums = f32x4.splat(0)
        for (let lane: usize = 0; lane < nextPlace; lane += VECTOR) {
          const m = v128.load(mean + statistics + lane), r = v128.load(rstd + statistics + lane)
          let at = row + lane
          for (let p = firstP; p < endP; p++, at += nextPlace) {
            const g = v128.load(dy + at)
            sums = f32x4.add(sums, g)
            products = fma(g, f32x4.mul(f32x4.sub(v128.load(x + at), m), r), products)
          }
        }
        product += widenSum(products)
        sum += widenSum(sums)
      }
    }
    store<f32>(dweight + (<usize>number << 2), <f32>product)
    store<f32>(dbias + (<usize>number << 2), <f32>sum)
  }
}
