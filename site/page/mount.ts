import { mountExercises } from './exercise.js'
import { mountSnippets } from './lesson.js'
import { mountPictures } from './pictures.js'
import { markSolved } from './solved.js'

/** Make what a page says alive, when it has been shown. */
export function mountCourse(): void {
  mountSnippets(document)
  mountExercises(document)
  mountPictures(document)
  markSolved(document)
}
