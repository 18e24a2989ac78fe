import { imageMatches, type Matches } from './matchImage.js'

/** The true boxes of an image. */
export interface Truth {
  /** (x, y, width, height), pixels */
  box: readonly [number, number, number, number]
  category: number
  /** Square pixels, as annotated: that of the outline where there is one, which may be less than the box's. */
  area: number
  /** Whether it stands for many objects, none of which is counted. */
  isCrowd: boolean
}

/** A found box. */
export interface Detection {
  box: readonly [number, number, number, number]
  category: number
  score: number
}

/** An image with what there is and what was found. */
export interface EvaluatedImage {
  truths: readonly Truth[]
  detections: readonly Detection[]
}

/** COCO's twelve numbers, each from 0 to 1, or −1 where there is nothing to measure it by. */
export interface CocoMetrics {
  /** Average precision: mean over IoU thresholds 0.50, 0.55, … 0.95. */
  ap: number
  ap50: number
  ap75: number
  apSmall: number
  apMedium: number
  apLarge: number
  /** Average recall with at most 1, 10 and 100 detections an image and class. */
  ar1: number
  ar10: number
  ar100: number
  arSmall: number
  arMedium: number
  arLarge: number
}

/** What `evaluateDetections` found. */
export interface DetectionScores {
  metrics: CocoMetrics
  /** Average precision of each category, and that at an overlap of 0.5; −1 without truth. In the order of `categories`. */
  perCategory: { category: number; ap: number; ap50: number; truths: number }[]
}

/** Steps of 0.05 as NumPy's linspace makes them. */
const iouThresholds = Array.from({ length: 10 }, (_, i) => (i === 9 ? 0.95 : 0.5 + i * ((0.95 - 0.5) / 9)))
const recallPoints = Array.from({ length: 101 }, (_, i) => (i === 100 ? 1 : i * 0.01))
const areaRanges: Record<'all' | 'small' | 'medium' | 'large', readonly [number, number]> = {
  all: [0, 1e10],
  small: [0, 32 ** 2],
  medium: [32 ** 2, 96 ** 2],
  large: [96 ** 2, 1e10],
}
/** float64's spacing at 1, which keeps a precision of nothing from being 0 / 0. */
const eps = 2 ** -52

/**
 * COCO's mean average precision, by the algorithm of pycocotools (https://github.com/cocodataset/cocoapi), number for number.
 * @param categories default: all that occur among the truths
 */
export function evaluateDetections(
  images: readonly EvaluatedImage[],
  categories: readonly number[] = categoriesOf(images),
): DetectionScores {
  const byCategory = categories.map((category) => curvesOf(images, category))
  const metric = (pick: (curves: CategoryCurves) => number[]): number => meanOfMeasured(byCategory.flatMap(pick))
  const at50 = ({ all }: CategoryCurves): number[] => all.precision.slice(0, recallPoints.length)
  const at75 = ({ all }: CategoryCurves): number[] =>
    all.precision.slice(5 * recallPoints.length, 6 * recallPoints.length)
  return {
    metrics: {
      ap: metric(({ all }) => all.precision),
      ap50: metric(at50),
      ap75: metric(at75),
      apSmall: metric(({ small }) => small.precision),
      apMedium: metric(({ medium }) => medium.precision),
      apLarge: metric(({ large }) => large.precision),
      ar1: metric(({ ar1 }) => ar1),
      ar10: metric(({ ar10 }) => ar10),
      ar100: metric(({ all }) => all.recall),
      arSmall: metric(({ small }) => small.recall),
      arMedium: metric(({ medium }) => medium.recall),
      arLarge: metric(({ large }) => large.recall),
    },
    perCategory: categories.map((category, k) => ({
      category,
      ap: meanOfMeasured(byCategory[k]!.all.precision),
      ap50: meanOfMeasured(at50(byCategory[k]!)),
      truths: images.reduce(
        (sum, { truths }) => sum + truths.filter((truth) => truth.category === category && !truth.isCrowd).length,
        0,
      ),
    })),
  }
}

const categoriesOf = (images: readonly EvaluatedImage[]): number[] =>
  [...new Set(images.flatMap(({ truths }) => truths.map(({ category }) => category)))].sort((a, b) => a - b)

/** Mean over what is not −1; −1 if nothing is. */
function meanOfMeasured(values: readonly number[]): number {
  const measured = values.filter((value) => value > -1)
  return measured.length === 0 ? -1 : measured.reduce((sum, value) => sum + value, 0) / measured.length
}

interface Curve {
  /** (thresholds, recall points) */
  precision: number[]
  /** (thresholds,), the highest reached */
  recall: number[]
}

type CategoryCurves = Record<'all' | 'small' | 'medium' | 'large', Curve> & { ar1: number[]; ar10: number[] }

function curvesOf(images: readonly EvaluatedImage[], category: number): CategoryCurves {
  const own = images
    .map(({ truths, detections }) => ({
      truths: truths.filter((truth) => truth.category === category),
      detections: highest(
        detections.filter((detection) => detection.category === category),
        100,
      ),
    }))
    .filter(({ truths, detections }) => truths.length + detections.length > 0)
  const matchesIn = (range: readonly [number, number]): Matches[] =>
    own.map((image) => imageMatches(image, range, iouThresholds))
  const everything = matchesIn(areaRanges.all)
  return {
    all: curve(everything, 100),
    ar1: curve(everything, 1).recall,
    ar10: curve(everything, 10).recall,
    small: curve(matchesIn(areaRanges.small), 100),
    medium: curve(matchesIn(areaRanges.medium), 100),
    large: curve(matchesIn(areaRanges.large), 100),
  }
}

/** The best by score; equal ones in their order. */
const highest = (detections: readonly Detection[], most: number): Detection[] =>
  [...detections].sort((a, b) => b.score - a.score).slice(0, most)

/** Precision by recall over all images, with at most `most` detections of each. */
function curve(images: readonly Matches[], most: number): Curve {
  const counted = images.reduce((sum, image) => sum + image.countedTruths, 0)
  const T = iouThresholds.length
  if (counted === 0) return { precision: new Array(T * recallPoints.length).fill(-1), recall: new Array(T).fill(-1) }
  const found = images
    .flatMap((image) => Array.from(image.scores.slice(0, most), (score, d) => ({ image, d, score })))
    .sort((a, b) => b.score - a.score)
  const perThreshold = iouThresholds.map((_, t) => {
    const outcomes = found.filter(({ image, d }) => !image.ignored[t]![d]).map(({ image, d }) => image.matched[t]![d]!)
    return atThreshold(outcomes, counted)
  })
  return {
    precision: perThreshold.flatMap(({ precision }) => precision),
    recall: perThreshold.map(({ recall }) => recall),
  }
}

/** @param outcomes of the detections in the order of their scores: whether each is right */
function atThreshold(outcomes: readonly boolean[], counted: number): { precision: number[]; recall: number } {
  let right = 0
  const recalls: number[] = []
  const precisions = outcomes.map((isRight, i) => {
    if (isRight) right++
    recalls.push(right / counted)
    return right / (i + 1 + eps)
  })
  for (let i = precisions.length - 1; i > 0; i--) {
    if (precisions[i]! > precisions[i - 1]!) precisions[i - 1] = precisions[i]!
  }
  let i = 0
  const precision = recallPoints.map((point) => {
    while (i < recalls.length && recalls[i]! < point) i++
    return precisions[i] ?? 0
  })
  return { precision, recall: recalls.at(-1) ?? 0 }
}
