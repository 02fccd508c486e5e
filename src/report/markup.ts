// HTML and SVG as text. What is put into a template is escaped, unless it is a piece of markup itself.

/** Text that needs no escaping any more. */
export class Markup {
  constructor(readonly text: string) {}
}

/** What a template takes; null, undefined and false leave nothing. */
export type Content = Markup | string | number | null | undefined | false | readonly Content[];

/** Tag of templates whose values are escaped, for text and for attributes in double quotes. */
export function markup(parts: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return new Markup(
    parts.reduce((text, part, i) => text + part + (i < contents.length ? textOf(contents[i]) : ''), ''),
  );
}

/** Pieces one after another. */
export function join(contents: readonly Content[]): Markup {
  return new Markup(textOf(contents));
}

/** A name that may be broken after its commas and slashes. */
export function breakable(name: string): Markup {
  return join(name.split(/(?<=[,/])/).map((part, i) => (i === 0 ? part : markup`<wbr>${part}`)));
}

/** Nothing. */
export const nothing = new Markup('');

function textOf(content: Content): string {
  if (content === null || content === undefined || content === false) return '';
  if (content instanceof Markup) return content.text;
  if (typeof content === 'number') return String(content);
  if (typeof content === 'string') return escape(content);
  return content.map(textOf).join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Characters that no HTML document may hold become the sign of replacement. */
function escape(text: string): string {
  return text.replace(forbidden, '\ufffd').replace(/[&<>"']/g, (character) => entities[character]);
}

const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;
