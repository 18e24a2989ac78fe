/** What the curves can be drawn over. `show` names a place, `tick` one at the axis. */
export const axes = {
  step: { name: 'step', show: (x) => `step ${x}` },
  epoch: { name: 'epoch', show: (x) => `epoch ${Number(x.toFixed(2))}` },
  time: { name: 'training time', show: duration, tick: duration },
}

/**
 * Where the points of a run's curves lie on an axis: of the logged steps and of the epochs, one number each, null where it is not
 * known. Older logs lack the epochs and seconds of a step, which then follow from the ends of epochs around it.
 */
export function positionsOf({ steps, epochs }, axis) {
  if (axis === 'step') return { steps: steps.step, epochs: epochs.step }
  const ends = axis === 'epoch' ? epochs.epoch : sums(epochs.seconds)
  const logged = axis === 'epoch' ? steps.epochs : steps.seconds
  const isLogged = logged.some((value) => value !== null)
  return { steps: isLogged ? logged : steps.step.map((step) => between(step, epochs.step, ends)), epochs: ends }
}

function sums(values) {
  let sum = 0
  return values.map((value) => {
    sum += value ?? 0
    return sum
  })
}

/** The value at x of the line through (0, 0) and the points (xs, ys), which goes on behind the last one; null without points. */
export function between(x, xs, ys) {
  if (xs.length === 0) return null
  const next = xs.findIndex((end) => end >= x)
  const i = next === -1 ? xs.length - 1 : next
  const [x0, y0] = i === 0 ? [0, 0] : [xs[i - 1], ys[i - 1]]
  return xs[i] === x0 ? ys[i] : y0 + ((x - x0) / (xs[i] - x0)) * (ys[i] - y0)
}

/** `45 s`, `12 min`, `1 h 5 min` */
export function duration(seconds) {
  if (seconds < 120) return `${Number(seconds.toFixed(1))} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const rest = minutes % 60
  return rest === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${rest} min`
}
