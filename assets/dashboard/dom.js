/**
 * An element. Attributes that are functions listen to the event of that name; true is an attribute without a value, false and null
 * none. Children that are text become text, whatever is in it: nothing here reads markup.
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag)
  setAttributes(node, attributes)
  node.append(...children.filter((child) => child !== null))
  return node
}

/** An element of SVG. */
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag)
  setAttributes(node, attributes)
  node.append(...children)
  return node
}

function setAttributes(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') node.addEventListener(name, value)
    else if (value !== false && value !== null) node.setAttribute(name, value === true ? '' : value)
  }
}

/** Show a text where there may be another one; nothing happens if it is there already. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text
}
