// The only script of a report: it sorts tables, opens what a link points into, and every data set for printing.

export const script = `'use strict';
addEventListener('click', (event) => {
  const button = event.target instanceof Element && event.target.closest('thead button');
  if (!button) return;
  const header = button.closest('th');
  const headers = [...header.parentNode.children];
  const column = headers.indexOf(header);
  const sign = header.getAttribute('aria-sort') === 'ascending' ? -1 : 1;
  for (const each of headers) each.setAttribute('aria-sort', 'none');
  header.setAttribute('aria-sort', sign === 1 ? 'ascending' : 'descending');
  const body = header.closest('table').tBodies[0];
  const key = (row) => row.cells[column].dataset.v ?? row.cells[column].textContent;
  const numeric = header.classList.contains('n');
  const value = (text) => (numeric && text !== '' ? Number(text) : text);
  const rows = [...body.rows].map((row) => ({ row, value: value(key(row)) }));
  const compare = (a, b) => {
    const absent = (each) => each.value === '' || Number.isNaN(each.value);
    if (absent(a) || absent(b)) return absent(a) - absent(b);
    const order = numeric ? a.value - b.value : a.value.localeCompare(b.value, 'en', { numeric: true });
    return sign * order;
  };
  body.append(...rows.sort(compare).map(({ row }) => row));
});
const reveal = () => {
  const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  for (let each = target; each; each = each.parentElement) if (each.localName === 'details') each.open = true;
  if (target) target.scrollIntoView();
};
addEventListener('hashchange', reveal);
reveal();
let opened = [];
addEventListener('beforeprint', () => {
  opened = [...document.querySelectorAll('details.dataset:not([open])')];
  for (const each of opened) each.open = true;
});
addEventListener('afterprint', () => {
  for (const each of opened) each.open = false;
});
`;
