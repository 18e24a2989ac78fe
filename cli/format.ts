/** `1,234,567` */
export const integer = (n: number): string => Math.round(n).toLocaleString('en-US')

/** `1 epoch`, `5 epochs` */
export const count = (n: number, thing: string): string => `${integer(n)} ${thing}${n === 1 ? '' : 's'}`

/** `14.99 M`, `438 k`, `5,136` */
export function short(n: number): string {
  if (n >= 1e9) return `${(n / 1e9).toFixed(2)} G`
  if (n >= 1e6) return `${(n / 1e6).toFixed(2)} M`
  if (n >= 1e4) return `${(n / 1e3).toFixed(0)} k`
  return integer(n)
}

/** A share, 0 … 1: `71.2 %` */
export const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)} %`

/** `45s`, `3m 07s`, `2h 05m` */
export function duration(seconds: number): string {
  const whole = Math.round(seconds)
  const two = (n: number) => String(n).padStart(2, '0')
  if (whole < 60) return `${whole}s`
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`
  return `${Math.floor(whole / 3600)}h ${two(Math.floor((whole % 3600) / 60))}m`
}

/** Four significant digits, without noise: `0.1`, `0.0245`, `1.2e-5`. */
export function rate(lr: number): string {
  return lr !== 0 && lr < 1e-4 ? lr.toExponential(1) : String(Number(lr.toPrecision(3)))
}

/** `181.5 MB` */
export function bytes(n: number): string {
  if (n >= 1e6) return `${(n / 1e6).toFixed(1)} MB`
  return n >= 1e3 ? `${(n / 1e3).toFixed(1)} kB` : `${n} B`
}

/** `━━━━━╸────`, a share of `width` cells. */
export function bar(share: number, width: number): string {
  const halves = Math.round(Math.min(1, Math.max(0, share)) * width * 2)
  const full = Math.floor(halves / 2)
  return ('━'.repeat(full) + (halves % 2 === 1 ? '╸' : '')).padEnd(width, '─')
}
