import { readFileSync } from 'node:fs'
import { packageRoot } from '../packageRoot.js'

/** A class of ImageNet-1k (ILSVRC 2012). */
export interface ImagenetClass {
  /** Its synset of WordNet, which folders of images are usually called by: `n01440764`. */
  id: string
  /** torchvision's name: `tench`. */
  name: string
}

let known: readonly ImagenetClass[] | undefined

/** The 1000 classes in the order of their labels, read from the package once. */
export function imagenetClasses(): readonly ImagenetClass[] {
  known ??= readFileSync(new URL('assets/imagenet-classes.txt', packageRoot), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => ({ id: line.slice(0, 9), name: line.slice(10) }))
  return known
}

/**
 * What images of ImageNet are normalized with by torchvision's and most other published networks: mean and standard
 * deviation of x / 255.
 */
export const imagenetMean: readonly number[] = [0.485, 0.456, 0.406]
export const imagenetStd: readonly number[] = [0.229, 0.224, 0.225]
