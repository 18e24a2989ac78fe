/** What a reader has done, kept by the browser: answers of exercises, and which are solved. Nothing leaves it. */
const key = 'ghostgrad course'

interface Progress {
  /** By lesson, such as `01-tape`. */
  answers: Record<string, string>
  solved: string[]
}

function load(): Progress {
  try {
    const { answers = {}, solved = [] } = JSON.parse(localStorage.getItem(key) ?? '{}') as Partial<Progress>
    return { answers, solved }
  } catch {
    return { answers: {}, solved: [] }
  }
}

/** A browser may keep nothing, in a private window: then the page forgets, and works all the same. */
function store(progress: Progress): void {
  try {
    localStorage.setItem(key, JSON.stringify(progress))
  } catch {}
}

export const answerOf = (lesson: string): string | undefined => load().answers[lesson]

export function keepAnswer(lesson: string, answer: string): void {
  const progress = load()
  progress.answers[lesson] = answer
  store(progress)
}

export const solvedLessons = (): readonly string[] => load().solved

export function keepSolved(lesson: string): void {
  const progress = load()
  if (!progress.solved.includes(lesson)) progress.solved.push(lesson)
  store(progress)
}

/** Forget the answer, so that the exercise begins anew; that it was solved stays. */
export function dropAnswer(lesson: string): void {
  const progress = load()
  delete progress.answers[lesson]
  store(progress)
}
