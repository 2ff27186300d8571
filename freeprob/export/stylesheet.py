"""The style sheet of the report: light and dark, on screen and on paper."""

from __future__ import annotations

__all__ = ["STYLE"]

STYLE = """
:root { color-scheme: light dark; --ink: #1d232b; --soft: #5b6672; --page: #fdfdfb; --card: #f4f4ef; --line: #dcdcd4;
  --link: #23588f; --good: #1f7a45; --bad: #b3372b; --open: #8a6410; --box: #eef2f6; --leaf: #fdf3dd; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e6e8; --soft: #9da6b0; --page: #15181c; --card: #1d2126;
  --line: #343a41; --link: #86b6e6; --good: #6cc28c; --bad: #ef8a7e; --open: #d9b45c;
  --box: #232a32; --leaf: #352d1c; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); line-height: 1.55; font-size: 1.05rem;
  font-family: "Iowan Old Style", "Palatino Linotype", Palatino, "Book Antiqua", "URW Palladio L", Georgia, serif; }
main, footer { max-width: 54rem; margin: 0 auto; padding: 0 1.25rem; }
main { padding-top: 2.5rem; }
header { display: flex; align-items: baseline; gap: 1rem; flex-wrap: wrap; border-bottom: 2px solid var(--line); }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .6rem; font-weight: 600; }
h2 { font-size: 1.35rem; margin: 2.4rem 0 .6rem; font-weight: 600; }
h3 { font-size: 1.08rem; margin: 1.5rem 0 .4rem; font-weight: 600; }
p { margin: .5rem 0; } p, li, td { overflow-wrap: anywhere; }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
code { font-size: .85em; }
ul, ol { margin: .5rem 0; padding-left: 1.5rem; } li { margin: .2rem 0; }
.step { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .2rem 1.1rem .7rem;
  margin: 1rem 0; }
.statement { font-style: italic; }
.lead { color: var(--soft); margin-bottom: .2rem; }
.status, .evidence, .verdict { font: 600 .72rem/1.5 system-ui, "Segoe UI", Helvetica, Arial, sans-serif;
  letter-spacing: .02em; padding: .08rem .5rem; border-radius: 999px; border: 1px solid currentColor;
  vertical-align: .12em; white-space: nowrap; font-style: normal; }
.exact, .proved, .good { color: var(--good); } .asymptotic, .asserted, .open { color: var(--open); }
.conjecture, .assumed, .bad { color: var(--bad); }
.equation { overflow-x: auto; overflow-y: hidden; padding: .35rem 0; margin: .3rem 0; }
math { font-family: "Latin Modern Math", "STIX Two Math", "Cambria Math", "XITS Math", "DejaVu Math TeX Gyre", math; }
table.aligned { width: auto; margin: 0 auto; font-size: 1.08em; }
.aligned td { padding: .16em 0; border: 0; white-space: nowrap; text-align: left; vertical-align: baseline; }
.aligned td:first-child { text-align: right; }
.aligned tr.next td { padding-top: .5em; }
figure { margin: 1rem 0; text-align: center; overflow-x: auto; }
figure svg, figure img { max-width: 100%; height: auto; }
figure img { background: #fff; border-radius: 8px; padding: .4rem; }
figcaption { color: var(--soft); font-size: .93rem; margin-top: .3rem; }
svg.graph text { font: 12px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: var(--ink); }
svg.graph rect { fill: var(--box); stroke: var(--soft); stroke-width: 1; }
svg.graph .leaf rect { fill: var(--leaf); }
svg.graph .edge { color: var(--soft); stroke-width: 1.1; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .96rem; }
th, td { text-align: left; vertical-align: baseline; padding: .38rem .7rem .38rem 0;
  border-bottom: 1px solid var(--line); }
thead th { color: var(--soft); font-weight: 600; } tbody th { font-weight: 600; }
.references li { margin: .45rem 0; } .references li:target { background: var(--card); }
footer { color: var(--soft); font-size: .85rem; border-top: 1px solid var(--line); margin-top: 3rem;
  padding-bottom: 2rem; }
@media print { :root { --page: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb; --link: #000; }
  body { font-size: 10.5pt; } main, footer { max-width: none; padding: 0; } .equation, figure { overflow: visible; }
  .step, figure, tr, li { break-inside: avoid-page; } h2, h3, .lead { break-after: avoid; }
  .step { break-inside: auto; } table.aligned { font-size: .92em; } }
"""
