import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Screen } from '../../cli/screen.js'

let written = ''

const stream = (isTTY: boolean, columns?: number) =>
  ({
    isTTY,
    columns,
    write: (text: string) => {
      written += text
    },
  }) as unknown as NodeJS.WriteStream

beforeEach(() => {
  written = ''
  vi.useFakeTimers()
})
afterEach(() => void vi.useRealTimers())

describe('Screen on a terminal', () => {
  it('draws a live line in place and clears it for the next ordinary one', () => {
    const screen = new Screen(stream(true, 80))
    screen.live(() => 'one')
    vi.advanceTimersByTime(200)
    screen.live(() => 'two')
    screen.line('done')
    expect(written).toBe('\rone\x1b[K\rtwo\x1b[K\r\x1b[Kdone\n')
  })

  it('draws no more than ten times a second', () => {
    const screen = new Screen(stream(true, 80))
    const make = vi.fn(() => 'x')
    for (let i = 0; i < 100; i++) {
      screen.live(make)
      vi.advanceTimersByTime(10)
    }
    expect(make).toHaveBeenCalledTimes(10)
  })

  it('cuts a live line to the width, colours not counted', () => {
    const screen = new Screen(stream(true, 41))
    screen.live(() => `\x1b[1m${'a'.repeat(40)}\x1b[22m`)
    vi.advanceTimersByTime(200)
    screen.live(() => `\x1b[1m${'b'.repeat(41)}\x1b[22m`)
    expect(written).toBe(`\r\x1b[1m${'a'.repeat(40)}\x1b[22m\x1b[K\r${'b'.repeat(39)}…\x1b[K`)
  })
})

describe('Screen elsewhere', () => {
  it('prints a plain line every ten seconds, without colours', () => {
    const screen = new Screen(stream(false))
    for (let second = 0; second < 25; second++) {
      screen.live(() => screen.paint('bold', `second ${second}`))
      vi.advanceTimersByTime(1000)
    }
    screen.line('done')
    expect(written).toBe('second 10\nsecond 20\ndone\n')
  })
})
