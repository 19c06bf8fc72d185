"""The report's style sheet: one accent colour, readable type, room to breathe."""

from typing import Final

CSS: Final = """
:root { --accent: #1f6f78; --ink: #26323a; --quiet: #6b7780; --line: #e6eaec; --ground: #fafbfb; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font-size: 15px; line-height: 1.55;
  font-family: system-ui, -apple-system, "Segoe UI", "Noto Sans", "PingFang SC", "Microsoft YaHei",
  "Noto Sans CJK SC", sans-serif; }
main { max-width: 980px; margin: 0 auto; padding: 48px 24px 64px; }
header h1 { margin: 0; font-size: 30px; font-weight: 600; letter-spacing: -0.01em; }
header p, .lead, .note, .label, footer, .empty { color: var(--quiet); }
header p { margin: 4px 0 0; }
h2 { margin: 0; font-size: 20px; font-weight: 600; }
h3 { margin: 24px 0 4px; font-size: 15px; font-weight: 600; }
.lead { margin: 2px 0 20px; }
section, .figure { background: #fff; border: 1px solid var(--line); border-radius: 10px; }
section { margin-top: 28px; padding: 28px 32px; }
.figures { display: grid; gap: 12px; margin-top: 28px;
  grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); }
.figure { padding: 16px 18px; }
.figure span { display: block; font-size: 13px; }
.figure strong { display: block; font-size: 26px; font-weight: 600; color: var(--accent);
  font-variant-numeric: tabular-nums; }
figure { margin: 0; overflow-x: auto; }
figure svg { max-width: 100%; height: auto; overflow: visible; }
.wide { overflow-x: auto; }
figure + .wide { margin-top: 20px; }
table { border-collapse: collapse; font-size: 13.5px; font-variant-numeric: tabular-nums; }
th, td { padding: 6px 14px 6px 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--line); }
th { font-weight: 500; color: var(--quiet); }
.records { min-width: 60%; }
.records td { min-width: 150px; }
.records th small { display: block; font-weight: 400; }
.moves td, .moves th { padding: 7px 12px; text-align: right; border: 2px solid #fff; }
.moves th:first-child { text-align: left; }
.moves .stayed { color: var(--quiet); background: #f4f6f7; }
article + article { margin-top: 32px; padding-top: 8px; border-top: 1px solid var(--line); }
article p { margin: 0 0 12px; }
.pair { margin-top: 16px; }
.pair p { margin: 0 0 4px; font-size: 13.5px; color: var(--quiet); }
.pair ul { margin: 0; padding: 0; list-style: none; font-size: 13px; }
.pair li { display: flex; align-items: center; gap: 8px; height: 22px; }
.pair li span { width: 110px; color: var(--quiet); }
.pair i { height: 10px; border-radius: 2px; background: var(--accent); }
.pair i.against { background: #c9cfd3; }
.pair li b { min-width: 40px; font-weight: 600; }
footer { margin-top: 32px; font-size: 13px; }
@media print { body { background: #fff; }
  section { break-inside: avoid; border: 0; padding: 16px 0; } }
"""
