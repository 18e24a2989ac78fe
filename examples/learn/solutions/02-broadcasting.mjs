// Exercise 2, solved.

export function sumToShape(dy, from, to) {
  const lead = to.length - from.length
  const sums = new Array(from.reduce((product, n) => product * n, 1)).fill(0)
  dy.forEach((g, index) => {
    // From the last axis to the first: where the copy lies along it, and so where its original does.
    let [place, step] = [0, 1]
    for (let axis = to.length - 1; axis >= lead; axis--) {
      const size = from[axis - lead]
      if (size > 1) place += (index % to[axis]) * step
      index = Math.floor(index / to[axis])
      step *= size
    }
    sums[place] += g
  })
  return sums
}
