/**
 * The windows of a pooling layer along one axis, as a table of whole numbers that the host writes, for O outputs and I inputs:
 * first input (O), end (O), size that counts for an average (O) and inputs to skip before the first (O) of each output's window,
 * then, for each input, the first (I) and the end (I) of the outputs whose windows hold it. Windows lie within the input: padding is
 * cut off.
 */

@inline
export function windowFirst(table: usize, out: i32): i32 {
  return load<i32>(table + (<usize>out << 2))
}

@inline
export function windowEnd(table: usize, out: i32, O: i32): i32 {
  return load<i32>(table + (<usize>(O + out) << 2))
}

@inline
export function windowSize(table: usize, out: i32, O: i32): i32 {
  return load<i32>(table + (<usize>(2 * O + out) << 2))
}

@inline
export function windowSkip(table: usize, out: i32, O: i32): i32 {
  return load<i32>(table + (<usize>(3 * O + out) << 2))
}

@inline
export function outputFirst(table: usize, input: i32, O: i32): i32 {
  return load<i32>(table + (<usize>(4 * O + input) << 2))
}

@inline
export function outputEnd(table: usize, input: i32, O: i32, I: i32): i32 {
  return load<i32>(table + (<usize>(4 * O + I + input) << 2))
}
