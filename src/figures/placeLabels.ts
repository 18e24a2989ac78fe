/** Pixels. */
export interface Box {
  left: number
  right: number
  top: number
  bottom: number
}

/** A point to be named. */
export interface Named {
  label: string
  x: number
  y: number
}

const [characterWidth, textHeight, distance] = [6.2, 12, 8]

/** Where a label may be: to the right, left, above, below, and at the corners; then again further away. */
const places = [1, 2.2].flatMap((far) =>
  [
    [1, 0],
    [-1, 0],
    [0, -1.4],
    [0, 1.4],
    [1, -1],
    [1, 1],
    [-1, -1],
    [-1, 1],
  ].map(([dx, dy]) => ({ dx: dx! * far, dy: dy! * far })),
)

/**
 * Put labels beside their points where they cover nothing, one after another; a label for which no place is left is not shown.
 * @param taken what must not be covered
 * @param area what must not be left
 */
export function placeLabels<T extends Named>(
  named: readonly T[],
  taken: readonly Box[],
  area: Box,
): (T & { left: number; baseline: number })[] {
  const used = [...taken]
  return named.flatMap((point) => {
    const free = places
      .map(({ dx, dy }) => boxAt(point, dx, dy))
      .find((box) => isInside(box, area) && !used.some((other) => overlap(box, other)))
    if (!free) return []
    used.push(free)
    return [{ ...point, left: round(free.left), baseline: round(free.bottom - 3) }]
  })
}

function boxAt({ label, x, y }: Named, dx: number, dy: number): Box {
  const width = characterWidth * label.length
  const left = dx > 0 ? x + distance * dx : dx < 0 ? x + distance * dx - width : x - width / 2
  const top = y - textHeight / 2 + 7 * dy
  return { left, right: left + width, top, bottom: top + textHeight }
}

const isInside = (box: Box, area: Box): boolean =>
  box.left >= area.left && box.right <= area.right && box.top >= area.top && box.bottom <= area.bottom

const overlap = (a: Box, b: Box): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom

const round = (value: number): number => Math.round(10 * value) / 10
