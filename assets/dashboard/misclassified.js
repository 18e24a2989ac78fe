import { el } from './dom.js'
import { integer, percent } from './format.js'

/** The images that the network was surest of and wrong about. @param onChoose called with the number of the one that is clicked */
export function misclassifiedList({ misclassified, mistakes, classes }, onChoose) {
  const figures = misclassified.map(({ index, label, predicted, probability, image }) => {
    const text = `${classes[label]} taken for ${classes[predicted]}, ${percent(probability)}`
    return el(
      'button',
      {
        type: 'button',
        class: 'image',
        title: `test image ${index}: show its feature maps`,
        click: () => onChoose(index),
      },
      el('img', { src: image, alt: `test image ${index}: ${text}`, width: 64, height: 64 }),
      el('span', {}, classes[label]),
      el('span', { class: 'wrong' }, classes[predicted]),
      el('span', { class: 'quiet' }, percent(probability)),
    )
  })
  const caption =
    mistakes === 0
      ? 'No image was misclassified.'
      : `Of ${integer(mistakes)} misclassified images those that the network was surest of: label, predicted class, its probability.`
  return el('div', {}, el('p', { class: 'quiet' }, caption), el('div', { class: 'images' }, ...figures))
}
