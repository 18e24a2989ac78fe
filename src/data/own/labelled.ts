import { ConfigError, DataError } from '../../tensor/errors.js'
import type { ColumnNames } from './columns.js'
import { baseOf, type FileSet, type FoundFile, folderOf, stampsOf } from './fileSet.js'
import { Finder } from './finder.js'
import { isImage, passOver } from './images.js'
import { type LabelList, type ListedImage, readLabelList } from './labelList.js'
import { readNames } from './names.js'
import { type BadImage, byName, type Entry, type Source, type Split, sortClasses, splitIn, splitOf } from './source.js'
import { isList, readTable, type Table } from './table.js'

/** How labels beside images are read. */
export interface ListOptions extends ColumnNames {
  /** The list, already read, and its path from the root of the files, '' if it lies elsewhere. */
  list?: { path: string; bytes: Uint8Array; name: string }
}

/** What was found so far. */
interface Found {
  set: FileSet
  images: FoundFile[]
  /** Made when a list asks for it. */
  finder: () => Finder
  entries: Entry[]
  files: FoundFile[]
  tables: Map<string, Table>
  bad: BadImage[]
  notes: string[]
  /** Lists that were used. */
  used: Set<string>
  /** Names of the folders that are classes, empty ones too. */
  folders: Set<string>
  options: ListOptions
}

/**
 * Images in folders, as people have them: a folder a class, as torchvision's ImageFolder; parts `train`, `val`, `test` of such, before or
 * behind the classes; parts or whole sets without such folders, whose labels are in a list (`metadata.csv`, `val_annotations.txt`,
 * `Test.csv`, `labels.csv` …); class folders that lists divide (`meta/train.txt`).
 */
export async function imagesSource(
  set: FileSet,
  options: ListOptions = {},
): Promise<Source & { /** Whether a list was used. */ isByList: boolean }> {
  const images = set.files.filter(({ path }) => isImage(path))
  const found: Found = {
    ...{ set, images, finder: once(() => new Finder(set, images)), entries: [], files: [], tables: new Map(), options },
    ...{ bad: [...set.bad], notes: [], used: new Set<string>(), folders: new Set<string>() },
  }
  const byList = options.list ? await addGivenList(found) : await addMetadata(found)
  if (!byList) await addFolders(found)
  const { entries, files, bad, notes, used, folders } = found
  const labels = entries.map(({ label }) => label)
  const ids = folders.size > 0 ? [...folders].sort(byName) : sortClasses(labels)
  const named = await readNames(set, ids)
  if (named) {
    for (const entry of entries) entry.label = named.names.get(entry.label)!
    notes.push(named.note)
  }
  if (folders.size > 0 && sortClasses(ids).some((name, i) => name !== ids[i])) {
    notes.push(`classes in the order of their names, as torchvision's: ${ids.slice(0, 4).join(', ')} …`)
  }
  const listFiles = set.files.filter(({ path }) => used.has(path))
  const others = set.files.filter(({ path }) => !isImage(path) && !used.has(path)).map(({ path }) => path)
  return {
    ...{
      kind: options.list || (byList && folders.size === 0) ? 'list' : 'image folder',
      entries,
      bad,
      notes,
      size: null,
    },
    classes: named ? ids.map((id) => named.names.get(id)!) : folders.size > 0 ? ids : null,
    passedOver: passOver(others),
    stamps: stampsOf(set, [...files, ...listFiles]),
    images: () => set.each(files.map(({ path }) => path)),
    isByList: used.size > 0,
  }
}

function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}

function addEntry({ entries, files }: Found, file: FoundFile, entry: Entry): void {
  entries.push(entry)
  files.push(file)
}

/** The first folder of a path that says a split, if any does. */
const splitOfPath = (path: string): Split | null =>
  folderOf(path)
    .split('/')
    .map(splitOf)
    .find((split) => split !== null) ?? null

/** The list that the user named. */
async function addGivenList(found: Found): Promise<true> {
  const { list } = found.options
  const table = await readTable(list!.bytes, list!.name)
  const read = readLabelList(table, list!.path, found.finder(), found.options)
  if (read === null) {
    throw new DataError(
      `${list!.name}: names no images of ${found.set.name}: expected a column of paths (path, file_name, image, id …) and one of labels; ` +
        '--image-column and --label-column choose',
    )
  }
  if (!read.hasLabels) throw new ConfigError(`${list!.name}: expected a column of labels; --label-column names it`)
  addListed(found, read, (image) => image.split ?? splitOfPath(image.file.path))
  found.used.add(list!.path)
  noteUnlisted(found, list!.name)
  return true
}

function noteUnlisted({ images, files, notes }: Found, list: string): void {
  const listed = new Set(files)
  const rest = images.filter((file) => !listed.has(file))
  if (rest.length > 0) notes.push(`${rest.length} images are not in ${list} and are left out (${rest[0]!.path} …)`)
}

function addListed(found: Found, list: LabelList, splitFor: (image: ListedImage) => Split | null): void {
  for (const image of list.images) {
    addEntry(found, image.file, { name: image.name, label: image.label!, split: splitFor(image) })
  }
  // A list of several parts is gone through for each of them.
  if (!found.used.has(list.path)) {
    found.bad.push(...list.bad)
    found.notes.push(...list.notes)
  }
  found.used.add(list.path)
}

/** `metadata.csv` and `metadata.jsonl` beside the images, as dataset hubs have them. */
async function addMetadata(found: Found): Promise<boolean> {
  const files = found.set.files.filter(({ path }) => /^metadata\.(csv|jsonl)$/.test(baseOf(path)))
  const lists: LabelList[] = []
  for (const { path } of files) {
    const list = await listAt(found, path)
    if (list?.hasLabels) lists.push(list)
    else found.notes.push(`${path} has no labels: the folders are the classes`)
  }
  for (const list of lists) {
    const part = splitOfPath(list.path)
    addListed(found, list, (image) => image.split ?? part ?? splitOfPath(image.file.path))
  }
  if (lists.length > 0) noteUnlisted(found, lists.map(({ path }) => path).join(', '))
  return lists.length > 0
}

/** @param among the images of a part, which a list of bare names beside it means */
async function listAt(found: Found, path: string, among?: ReadonlySet<FoundFile>): Promise<LabelList | null> {
  const { set, tables, finder, options } = found
  const table = tables.get(path) ?? (await readTable(await set.read(path), path))
  tables.set(path, table)
  return readLabelList(table, path, finder(), options, among)
}

/** A part of the set: the images below a folder. */
interface Part {
  base: string
  split: Split | null
  images: FoundFile[]
}

const below = (base: string, path: string): string => (base === '' ? path : path.slice(base.length + 1))

async function addFolders(found: Found): Promise<void> {
  const { images, set } = found
  const base = commonBase(images)
  const parts = partsOf(images, base)
  if (parts === null) {
    const isShared = areShares([...classNames(images, base)])
    if (isShared && (await addUnfoldered(found, { base, split: null, images }, false))) return
    await addClasses(found, { base, split: null, images })
    addEmpty(found, set, [base])
    await noteOthers(found, base)
    return
  }
  const layouts = parts.map((part) => ({ part, base: partBase(part) }))
  const nameSets = layouts.map((layout) => classNames(layout.part.images, layout.base))
  const several = new Set(nameSets.filter((names) => names.size > 1).flatMap((names) => [...names]))
  const hasSeveral = several.size > 0
  const isClassed = ({ part, base: inner }: (typeof layouts)[number]): boolean => {
    const names = [...classNames(part.images, inner)]
    // One folder alone, `val/images`, is a class only if the parts with more folders have it, or none has more.
    return names.length > 1 || (names.length === 1 && (!hasSeveral || several.has(names[0]!)))
  }
  for (const layout of layouts)
    if (isClassed(layout)) await addClasses(found, { ...layout.part, base: layout.base }, false)
  for (const layout of layouts) if (!isClassed(layout)) await addUnfoldered(found, layout.part)
  const kept = new Set(parts.flatMap((part) => part.images))
  const beside = images.filter((file) => !kept.has(file))
  if (beside.length > 0) {
    found.notes.push(`${beside.length} images beside the parts are left out (${beside[0]!.path} …)`)
  }
  addEmpty(
    found,
    set,
    layouts.map((layout) => layout.base),
  )
}

/** `images_part_1`, `images_part_2`, `batch01` …: folders that share images out among them, and are no classes if a list has labels. */
function areShares(names: readonly string[]): boolean {
  const stems = new Set(names.map((name) => name.replace(/\d+$/, '')))
  return names.length > 1 && stems.size === 1 && /(image|img|part|batch|chunk|split|folder)/i.test([...stems][0]!)
}

/** Say what else might have been meant: labels in a list, classes one folder deeper. */
async function noteOthers(found: Found, base: string): Promise<void> {
  const { set, files, notes, used } = found
  const deep = files.find(({ path }) => below(base, path).split('/').length > 2)
  const isNested = files.every(({ path }) => below(base, path).split('/').length > 2)
  if (deep && isNested) {
    const [outer, inner] = below(base, deep.path).split('/')
    notes.push(
      `the images lie in folders within the classes, which count to them: ${outer}/${inner} … are of class ${outer}`,
    )
  }
  for (const { path } of set.files) {
    if (!isList(path) || used.has(path)) continue
    const list = await listAt(found, path).catch(() => null)
    if (!list?.hasLabels || list.images.length < files.length) continue
    notes.push(
      `${path} has labels for these images too, which are not used: --labels takes them instead of the folders`,
    )
    return
  }
}

/** Folders without images keep their place among the classes, as torchvision's `allow_empty` would have it. */
function addEmpty({ folders, notes }: Found, set: FileSet, bases: readonly string[]): void {
  if (folders.size === 0) return
  const empty = new Set<string>()
  for (const base of bases) {
    for (const folder of set.emptyFolders) {
      const inner = base === '' || folder.startsWith(`${base}/`) ? below(base, folder) : ''
      if (inner !== '' && !inner.includes('/') && splitOf(inner) === null && !folders.has(inner.normalize('NFC'))) {
        empty.add(inner.normalize('NFC'))
      }
    }
  }
  for (const name of empty) folders.add(name)
  if (empty.size > 0) notes.push(`classes whose folders are empty: ${[...empty].join(', ')}`)
}

/** The folder that holds all images in folders of its own: `images` of Food-101, the folder that an archive wraps. */
function commonBase(images: readonly FoundFile[]): string {
  let base = ''
  for (;;) {
    const first = images[0] && below(base, images[0].path).split('/')
    if (!first || first.length < 3) return base
    const next = base === '' ? first[0]! : `${base}/${first[0]}`
    const isCommon = images.every(({ path }) => path.startsWith(`${next}/`))
    const hasFolders = images.every(({ path }) => below(next, path).includes('/'))
    if (!isCommon || !hasFolders || splitOf(first[0]!) !== null) return base
    base = next
  }
}

/** The parts that folders say, before or behind the classes; null if they say none. */
function partsOf(images: readonly FoundFile[], base: string): Part[] | null {
  const tops = new Map<string, FoundFile[]>()
  for (const file of images) {
    const [top, ...rest] = below(base, file.path).split('/')
    if (rest.length === 0) continue
    const list = tops.get(top!)
    if (list) list.push(file)
    else tops.set(top!, [file])
  }
  const exact = splitTops([...tops.keys()], splitOf)
  const names = exact.size > 0 ? exact : splitTops([...tops.keys()], splitIn)
  const inFolders = (name: string): boolean => {
    return tops.get(name)!.some(({ path }) => below(base, path).split('/').length >= 3)
  }
  // A split holds folders, a class holds images; a set whose every folder is a split has its labels elsewhere.
  const areParts = [...names.keys()].some(inFolders) || (names.size > 0 && names.size === tops.size)
  if (areParts) {
    return [...names].map(([name, split]) => ({ base: joined(base, name), split, images: tops.get(name)! }))
  }
  const second = images.map(({ path }) => below(base, path).split('/'))
  if (!second.every((steps) => steps.length >= 3 && splitOf(steps[1]!) !== null)) return null
  return [...tops].flatMap(([name, own]) => {
    const splits = new Set(own.map(({ path }) => below(base, path).split('/')[1]!))
    return [...splits].map((split): Part => {
      const prefix = `${joined(base, name)}/${split}/`
      return { base, split: splitOf(split), images: own.filter(({ path }) => path.startsWith(prefix)) }
    })
  })
}

const joined = (base: string, name: string): string => (base === '' ? name : `${base}/${name}`)

/** Each split by one folder: two that say the same are classes, or none of our business. */
function splitTops(names: readonly string[], splitFor: (name: string) => Split | null): Map<string, Split> {
  const found = new Map<string, Split>()
  for (const name of names) {
    const split = splitFor(name)
    if (split !== null) found.set(name, split)
  }
  const isUnique = new Set(found.values()).size === found.size
  return isUnique ? found : new Map()
}

/** A part may be wrapped once more, as in `seg_train/seg_train/<class>` or `Final_Training/Images/<class>`. */
function partBase({ base, images }: Part): string {
  const names = [...classNames(images, base)]
  if (names.length !== 1 || images.some(({ path }) => below(base, path).split('/').length < 3)) return base
  const inner = joined(base, names[0]!)
  return classNames(images, inner).size > 1 || names[0] === baseOf(base) ? inner : base
}

/** The folders directly below one that hold images. */
const classNames = (images: readonly FoundFile[], base: string): Set<string> => {
  const names = new Set<string>()
  for (const { path } of images) {
    const steps = below(base, path).split('/')
    if (steps.length > 1) names.add(steps[0]!.normalize('NFC'))
  }
  return names
}

/** A folder a class; loose images have a list, or are bad. @param mayList whether lists may divide these images */
async function addClasses(found: Found, part: Part, mayList = true): Promise<void> {
  const inFolders = part.images.filter(({ path }) => below(part.base, path).includes('/'))
  const loose = part.images.filter(({ path }) => !below(part.base, path).includes('/'))
  const names = classNames(inFolders, part.base)
  if (mayList && names.size < 2 && (await addUnfoldered(found, part, names.size === 0))) return
  const splits = mayList && part.split === null ? await dividingLists(found, inFolders) : null
  for (const file of inFolders) {
    const label = below(part.base, file.path).split('/')[0]!.normalize('NFC')
    found.folders.add(label)
    if (splits && !splits.has(file)) continue
    addEntry(found, file, { name: file.path, label, split: splits ? splits.get(file)! : part.split })
  }
  if (splits && splits.size < inFolders.length) {
    found.notes.push(`${inFolders.length - splits.size} images are in none of these lists and are left out`)
  }
  for (const file of loose) found.bad.push({ name: file.path, reason: "lies in no class's folder" })
}

/** Lists whose names say a split and whose rows are images in class folders, as `meta/train.txt` of Food-101; null if there are none. */
async function dividingLists(found: Found, images: readonly FoundFile[]): Promise<Map<FoundFile, Split> | null> {
  const own = new Set(images)
  const splits = new Map<FoundFile, Split>()
  const taken = new Map<Split, string>()
  for (const { path } of found.set.files) {
    const split = isList(path) ? splitIn(baseOf(path).replace(/\d+(?=\.[^.]+$)/, '')) : null
    if (split === null || taken.has(split)) continue
    const list = await listAt(found, path)
    if (!list || list.images.some(({ file }) => !own.has(file))) continue
    taken.set(split, path)
    for (const { file } of list.images) splits.set(file, split)
    found.bad.push(...list.bad)
    found.used.add(path)
  }
  if (taken.size === 0) return null
  const lists = [...taken].map(([split, path]) => `${path} (${split})`)
  found.notes.push(`divided by ${lists.join(', ')}`)
  return splits
}

/**
 * Images without folders of classes: their labels are in a list. Without one, those for testing are left out, and others are bad.
 * @returns whether a list was found
 */
async function addUnfoldered(found: Found, part: Part, isSettled = true): Promise<boolean> {
  const all = new Set(part.images)
  const own = new Set(part.images)
  let labelled = 0
  const paths = found.set.files.map(({ path }) => path).filter((path) => isList(path) && !/submission/i.test(path))
  const likely = (path: string): number => (part.split !== null && splitIn(baseOf(path)) === part.split ? 0 : 1)
  for (const path of paths.sort((a, b) => likely(a) - likely(b))) {
    const list = await listAt(found, path, all)
    if (!list?.hasLabels || !list.images.some(({ file }) => own.has(file))) continue
    if (labelled > 0 && part.split !== null) break
    const images = list.images.filter(({ file }) => own.delete(file))
    const byPath = splitIn(baseOf(path))
    addListed(
      found,
      { ...list, images: sameNames(images, found.folders) },
      (image) => image.split ?? part.split ?? byPath,
    )
    labelled += images.length
  }
  const rest = part.images.length - labelled
  if (rest === 0) return true
  if (labelled > 0) {
    found.notes.push(`${rest} images${part.split ? ` of ${part.split}` : ''} are in no list and are left out`)
    return true
  }
  if (!isSettled) return false
  if (part.split === 'train' && addByName(found, part)) return true
  if (part.split !== 'train' && part.split !== null) {
    found.notes.push(`${rest} images in ${part.base} have no labels and are left out`)
  } else for (const { path } of part.images) found.bad.push({ name: path, reason: "lies in no class's folder" })
  return labelled > 0
}

/** `cat.0.jpg`, `dog_12.png`: images whose names are their class and a number, all of them. @returns whether they are */
function addByName(found: Found, { images, split }: Part): boolean {
  const labels = images.map(({ path }) => /^(.*[^\d._-])[._-]+\d+\.[^.]+$/.exec(baseOf(path))?.[1])
  const classes = new Set(labels)
  if (classes.has(undefined) || classes.size < 2 || classes.size > images.length / 2) return false
  for (const [i, file] of images.entries()) addEntry(found, file, { name: file.path, label: labels[i]!, split })
  found.notes.push(`labels by the names of the files: ${[...classes].slice(0, 4).join(', ')} (${images[0]!.path} …)`)
  return true
}

/** Labels of a list as names of folders, where those are numbers with zeros before them (`7` for the folder `00007`). */
function sameNames(images: readonly ListedImage[], folders: ReadonlySet<string>): ListedImage[] {
  const byNumber = new Map([...folders].filter((name) => /^\d+$/.test(name)).map((name) => [Number(name), name]))
  return images.map((image) => {
    const { label } = image
    if (label === null || folders.has(label) || !/^\d+$/.test(label)) return image
    return { ...image, label: byNumber.get(Number(label)) ?? label }
  })
}
