const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Text as XML and HTML show it, in elements and in attributes. */
export const escapeXml = (plain: string): string => plain.replace(/[&<>"]/g, (character) => entities[character]!)
