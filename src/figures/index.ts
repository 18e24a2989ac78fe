/**
 * Figures of images and feature maps, as SVG and PNG.
 * @module
 */
export { drawGrid, type Figure, type Frame, frames, type Panel, type Tile } from './grid.js'
export { colourImage, greyMap, splitMaps } from './pixels.js'
export { encodePng, type Pixels, pngUrl } from './png.js'
export { writeFigure } from './write.js'
