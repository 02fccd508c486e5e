// The looks of a report. Colours are variables, for light and dark; the palette is that of Okabe and Ito, which colour-blind
// readers tell apart, darkened or lightened to stand out from the background.

const light = `
  --paper: #fbfbfa; --surface: #ffffff; --ink: #1c2127; --muted: #5a636e; --rule: #dfe3e8; --grid: #e8ebef;
  --link: #0b5ea8; --shade: #eef1f4; --callout: #fdf3e1; --callout-rule: #d98e04;
  --heat-low: #f1f6fb; --heat-high: #6fa8d6; --empty: #f3f4f6;
  --c1: #0072b2; --c2: #d55e00; --c3: #00875f; --c4: #a64d82; --c5: #8a6d00; --many: #b9c0c9;`;

const dark = `
  --paper: #14171b; --surface: #1a1e23; --ink: #e6e9ed; --muted: #a4adb8; --rule: #333a43; --grid: #2a3038;
  --link: #7cb8ee; --shade: #262c34; --callout: #2d2618; --callout-rule: #e0a030;
  --heat-low: #1f2a36; --heat-high: #28639a; --empty: #20252b;
  --c1: #56b4e9; --c2: #f08a3c; --c3: #3cc79a; --c4: #dd9bc2; --c5: #e0c13a; --many: #4f5965;`;

export const style = `
:root { color-scheme: light dark; ${light} }
@media screen and (prefers-color-scheme: dark) { :root { ${dark} } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 400 16px/1.6 -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', 'Liberation Sans', Arial, sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
}
main { max-width: 1180px; margin: 0 auto; padding: 56px 32px 72px; }
h1, h2, h3, p, dl, ul, ol, figure { margin: 0; }
h1 { font-size: 2.25rem; line-height: 1.15; letter-spacing: -0.02em; font-weight: 650; }
h2 { font-size: 1.45rem; line-height: 1.25; letter-spacing: -0.01em; font-weight: 650; }
h3 { font-size: 1.08rem; line-height: 1.35; font-weight: 650; margin: 48px 0 10px; }
p { max-width: 72ch; }
p + p { margin-top: 0.7em; }
.scroll + p, figure + p, .plots + p, ul + p { margin-top: 16px; }
a { color: var(--link); text-underline-offset: 0.15em; text-decoration-thickness: 1px; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 3px; }
code { font: 0.9em/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace; }
.kicker { color: var(--muted); font-size: 0.85rem; letter-spacing: 0.06em; text-transform: uppercase; margin-bottom: 8px; }
.facts { color: var(--muted); margin-top: 12px; display: flex; flex-wrap: wrap; gap: 2px 20px; max-width: none; }
nav { margin-top: 28px; border-block: 1px solid var(--rule); padding: 10px 0; }
nav ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 4px 24px; font-size: 0.93rem; }
section, details.dataset { margin-top: 56px; }
section > h2 { margin-bottom: 16px; }
.lead { font-size: 1.2rem; line-height: 1.5; max-width: 62ch; }
.quiet { color: var(--muted); }
.callout { background: var(--callout); border-left: 3px solid var(--callout-rule); padding: 12px 16px; margin-top: 16px; border-radius: 0 6px 6px 0; }
.columns { columns: 18rem; margin-top: 12px; padding-left: 1.2em; font-size: 0.9rem; }
footer { margin-top: 72px; padding-top: 16px; border-top: 1px solid var(--rule); color: var(--muted); font-size: 0.88rem; }

dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 260px), 1fr)); gap: 18px 32px; margin-top: 28px; }
dt { color: var(--muted); font-size: 0.85rem; }
dd { margin: 2px 0 0; }

summary { cursor: pointer; }
details.dataset { border-top: 1px solid var(--rule); padding-top: 20px; }
details.dataset + details.dataset { margin-top: 24px; }
details.dataset > summary { list-style: none; display: flex; align-items: baseline; gap: 12px; margin-bottom: 12px; }
details.dataset > summary::-webkit-details-marker { display: none; }
details.dataset > summary::before { content: ''; width: 0.5em; height: 0.5em; border: solid var(--muted); border-width: 0 2px 2px 0; transform: translateY(-0.2em) rotate(-45deg); }
details.dataset[open] > summary::before { transform: translateY(-0.25em) rotate(45deg); }
details.dataset > summary span { color: var(--muted); }
details.more { margin-top: 14px; }
details.more > summary { color: var(--link); font-size: 0.95rem; padding: 4px 0; width: fit-content; }
details.more + details.more { margin-top: 2px; }
details.more details.more { margin-left: 18px; }
details.more > .plots { margin-bottom: 28px; }

.scroll { overflow-x: auto; margin-top: 20px; border: 1px solid var(--rule); border-radius: 8px; background: var(--surface); max-height: max(480px, 80vh); overflow-y: auto; }
table { border-collapse: separate; border-spacing: 0; font-size: 0.86rem; line-height: 1.35; min-width: 100%; overflow-wrap: normal; }
caption { text-align: left; color: var(--muted); padding: 10px 12px 6px; font-size: 0.86rem; }
th, td { padding: 7px 12px; text-align: left; white-space: nowrap; border-top: 1px solid var(--grid); vertical-align: baseline; font-weight: 400; }
.n { text-align: right; }
thead th { position: sticky; top: 0; background: var(--surface); z-index: 2; padding: 0; border-top: 0; border-bottom: 1px solid var(--rule); }
tbody th { position: sticky; left: 0; background: var(--surface); z-index: 1; }
tbody tr:first-child > * { border-top: 0; }
tr.em > * { background: var(--shade); font-weight: 600; }
th wbr { display: none; }
th small { color: var(--muted); font-weight: 400; margin-left: 4px; }
thead button { font: inherit; font-weight: 600; color: inherit; background: none; border: 0; padding: 8px 12px; width: 100%; text-align: inherit; cursor: pointer; white-space: nowrap; }
thead button::after { content: '↕'; color: var(--muted); opacity: 0.55; margin-left: 5px; font-weight: 400; }
[aria-sort='ascending'] button::after { content: '↑'; opacity: 1; color: var(--ink); }
[aria-sort='descending'] button::after { content: '↓'; opacity: 1; color: var(--ink); }
.message { display: block; white-space: pre-wrap; min-width: 24ch; max-width: 70ch; max-height: 9em; overflow-y: auto; }

.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 340px), 1fr)); gap: 32px 28px; margin-top: 20px; align-items: start; }
figure { min-width: 0; margin-top: 20px; }
.plots > figure { margin-top: 0; }
figure.fluid { max-width: 860px; container-type: inline-size; }
.forest { position: relative; }
.labels { position: absolute; inset: 8px 0 auto; list-style: none; padding: 0; font-size: 12px; line-height: 20px; }
.labels li { display: flex; justify-content: space-between; gap: 12px; text-shadow: 0 0 2px var(--paper), 0 0 3px var(--paper), 0 0 4px var(--paper); }
.labels span { white-space: nowrap; }
.labels span:first-child { overflow: hidden; text-overflow: ellipsis; }
.labels span:last-child { color: var(--muted); font-size: 11.5px; }
@container (min-width: 620px) {
  .forest > svg { margin-left: 33%; width: 48%; }
  .labels span { line-height: 52px; }
  .labels span:first-child { width: 32%; }
}
figcaption { font-weight: 600; font-size: 0.95rem; margin-bottom: 10px; }
.note { color: var(--muted); font-size: 0.86rem; line-height: 1.5; margin-top: 8px; max-width: 72ch; }
.picture { overflow-x: auto; }
.fluid > .picture { overflow: visible; }
svg { display: block; overflow: visible; font-size: 12px; }
svg[viewBox] { max-width: 100%; height: auto; }
.wide svg[viewBox] { max-width: none; }
svg text { fill: var(--ink); }
svg .tick, svg .name { fill: var(--muted); }
svg .tick { font-size: 11.5px; }
svg .small { font-size: 11.5px; }
svg .strong { font-weight: 650; }
svg .halo { paint-order: stroke; stroke: var(--paper); stroke-width: 3px; stroke-linejoin: round; }
.grid { stroke: var(--grid); }
.axis { stroke: var(--rule); }
.axis.strong, .leader, .ruler { stroke: var(--muted); fill: none; }
.zero { stroke: var(--muted); stroke-dasharray: 2 3; }
.shade { fill: var(--shade); }
.whisker { stroke: var(--c1); stroke-width: 2; }
.c1 { --k: var(--c1); } .c2 { --k: var(--c2); } .c3 { --k: var(--c3); } .c4 { --k: var(--c4); } .c5 { --k: var(--c5); }
.many { --k: var(--many); } .ink { --k: var(--ink); } .soft { --k: var(--muted); }
.dot { fill: var(--k, var(--c1)); stroke: var(--k, var(--c1)); stroke-width: 1.75; }
.dot.hollow { fill: var(--paper); }
circle.c1, circle.c2 { fill: var(--k); }
.dot.hollow.c2 { fill: var(--paper); }
.curve { fill: none; stroke: var(--k, var(--c1)); stroke-width: 1.75; stroke-linejoin: round; }
.curve.many { stroke-width: 1.2; }
.curve.thin { stroke-width: 1; }
.band { fill: var(--k, var(--muted)); opacity: 0.15; }
.flag { stroke: var(--k, var(--muted)); stroke-width: 1.25; }
.flag.dashed { stroke-dasharray: 4 3; }
.bar { stroke: var(--ink); stroke-width: 3.5; stroke-linecap: round; }
.tile rect { fill: color-mix(in oklab, var(--heat-high) var(--heat), var(--heat-low)); }
.tile rect.empty { fill: var(--empty); }
.tile.best rect { stroke: var(--ink); stroke-width: 2; }
.tile.best text { font-weight: 650; }
.legend { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 2px 18px; font-size: 0.86rem; margin-top: 8px; color: var(--ink); }
.legend i { display: inline-block; width: 18px; height: 3px; border-radius: 2px; background: var(--k); margin-right: 7px; vertical-align: 0.25em; }
.front { padding-left: 1.6em; }
.front b { font-weight: 400; color: var(--ink); margin-left: 6px; white-space: nowrap; }
.note p { margin-top: 4px; }

@media (max-width: 640px) {
  main { padding: 32px 16px 48px; }
  h1 { font-size: 1.75rem; }
  section, details.dataset { margin-top: 44px; }
  .lead { font-size: 1.1rem; }
  th, td { padding: 7px 10px; }
  thead button { padding: 8px 10px; }
  tbody th { white-space: normal; min-width: 42vw; max-width: 46vw; overflow-wrap: anywhere; }
  th wbr { display: inline; }
}
@media print {
  :root { color-scheme: light; }
  body { font-size: 10pt; background: none; }
  main { max-width: none; padding: 0; }
  nav, thead button::after { display: none; }
  .scroll { overflow: visible; max-height: none; border: 0; }
  .wide svg[viewBox] { max-width: 100%; }
  table { font-size: 6pt; }
  caption { padding: 4px 3px; font-size: 8pt; }
  th, td { padding: 2px 3px; white-space: normal; }
  thead button { padding: 2px 3px; white-space: normal; }
  figure, tr { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
}
`;
