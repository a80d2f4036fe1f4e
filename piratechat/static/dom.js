// Makes elements.  What people said only ever becomes text, never markup.

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(key, '')
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value)
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false))
  return made
}

export const byId = (id) => document.getElementById(id)

// Shows `text` in an element that is hidden while it has nothing to say.
export function tell(place, text) {
  place.textContent = text ?? ''
  place.hidden = !text
}
