import type { Command } from 'commander'
import { drawGrid, type Figure } from '../src/figures/grid.js'
import { writeFigure } from '../src/figures/write.js'

/** What every figure takes. */
export interface FigureFlags {
  out: string
}

export const addOut = (command: Command, name: string): Command =>
  command.option('--out <path>', 'where to write <path>.svg and <path>.png', name)

/** Write a picture and say where it is. */
export async function writeFiles(path: string, svg: string): Promise<void> {
  for (const file of await writeFigure(path.replace(/\.(svg|png)$/, ''), svg)) console.log(file)
}

export const writeGrid = (path: string, figure: Figure): Promise<void> => writeFiles(path, drawGrid(figure))
