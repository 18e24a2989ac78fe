import { isModelFile } from '../models/modelFile.js'

/** A network's name for the screen: `/home/me/mine.mjs` → `mine`; those of the registry as they are. */
export const modelTitle = (name: string): string =>
  isModelFile(name) ? name.replace(/^.*[/\\]/, '').replace(/\.[^.]+$/, '') : name
