/** `81.1 %`, or a dash for null */
export const percent = (share) => (share === null ? '–' : `${(100 * share).toFixed(1)} %`)

/** `80 %`, at an axis */
export const percentTick = (share) => `${Number((100 * share).toFixed(1))} %`

/** Four digits that count: `0.05123`, `2.303`, `1.2e-7`; a dash for null */
export function short(value) {
  if (value === null || value === undefined) return '–'
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) return value.toExponential(1)
  return String(Number(value.toPrecision(4)))
}

export const integer = (value) => value.toLocaleString('en')

/** `12 s ago` */
export function ago(time, now = Date.now()) {
  if (time === 0) return '–'
  const seconds = Math.max(0, Math.round((now - time) / 1000))
  if (seconds < 60) return `${seconds} s ago`
  if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`
  if (seconds < 2 * 86_400) return `${Math.round(seconds / 3600)} h ago`
  return `${Math.round(seconds / 86_400)} days ago`
}
