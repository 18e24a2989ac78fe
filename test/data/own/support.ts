import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import sharp from 'sharp'
import { loadOwn, type OwnOptions } from '../../../src/data/own/loadOwn.js'
import { temporaryFolder } from '../support.js'

export interface Shade {
  red: number
  green: number
  blue: number
}

export const shades: Readonly<Record<string, Shade>> = {
  apple: { red: 200, green: 40, blue: 40 },
  lime: { red: 60, green: 190, blue: 60 },
  plum: { red: 110, green: 50, blue: 160 },
}

/** The bytes of an image file of one colour. */
export function plainImage(
  { red, green, blue }: Shade,
  format: 'png' | 'jpeg' | 'webp' = 'png',
  [width, height] = [20, 16],
): Promise<Buffer> {
  const background = { r: red, g: green, b: blue }
  return sharp({ create: { width: width!, height: height!, channels: 3, background } })
    .toFormat(format)
    .toBuffer()
}

/** Write files, with the folders that they lie in. */
export function writeFiles(root: string, files: Readonly<Record<string, Uint8Array | string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), content)
  }
}

/** A folder with a folder a class, `perClass` images in each, no two alike. @param part `train/`, say, before the classes */
export async function photoFolder(perClass: number, part = '', root = temporaryFolder()): Promise<string> {
  for (const [name, shade] of Object.entries(shades)) {
    for (let i = 0; i < perClass; i++) {
      const image = await plainImage({ ...shade, blue: (shade.blue + 3 * i) % 256 }, i % 2 === 0 ? 'png' : 'webp')
      writeFiles(root, { [`${part}${name}/${i}.${i % 2 === 0 ? 'png' : 'webp'}`]: image })
    }
  }
  return root
}

/** Load with a cache of the test's own. */
export const load = (
  path: string,
  { imageSize = 8, ...options }: Partial<Omit<OwnOptions, 'imageSize'>> & { imageSize?: number | null } = {},
) =>
  loadOwn(path, {
    ...(imageSize === null ? {} : { imageSize }),
    ...{ testShare: 0.25, splitSeed: 0, skipBad: false, dataDir: temporaryFolder(), onProgress: () => {} },
    ...options,
  })
