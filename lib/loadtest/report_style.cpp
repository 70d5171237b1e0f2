// The style sheet. Series have the same colour wherever they stand; their pairs are told apart by
// those who do not see red and green, too.
#include "loadtest/report_style.h"

namespace ds {

namespace {

constexpr std::string_view k_style = R"css(
:root {
  color-scheme: light dark;
  --page: #f4f5f8; --card: #fff; --ink: #12161d; --soft: #586273; --edge: #e1e5ec; --grid: #e9ecf1;
  --sse: #2b6be4; --poll: #d9731a; --both: #5b53d6; --slow: #b0348a; --readers: #0e8a7d;
  --hit: #0d805b; --miss: #cf3b31; --o0: #667388; --o1: #8f6b0a; --o2: #7a5cc8; --o3: #2b7da6;
  --good: #0b7a55; --good-soft: #e2f4ec; --fair: #8a5a00; --fair-soft: #fdf1d6;
  --bad: #b92d25; --bad-soft: #fde7e5; --unknown: #586273; --unknown-soft: #eceff4;
  --shadow: 0 1px 2px #1018280d, 0 4px 16px #1018280a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0c0f14; --card: #151a21; --ink: #e9edf3; --soft: #98a3b3; --edge: #262d37;
    --grid: #222933; --sse: #6ca3ff; --poll: #f2a65a; --both: #9d96ff; --slow: #ee8fd0;
    --readers: #4fd0c1; --hit: #3fc193; --miss: #ff7a70; --o0: #8b97a8; --o1: #e2b84a;
    --o2: #b39cf2; --o3: #73bfe2; --good: #4fd1a1; --good-soft: #10291f; --fair: #f0bf55;
    --fair-soft: #2e2510; --bad: #ff8d84; --bad-soft: #331714; --unknown: #98a3b3;
    --unknown-soft: #1e242d; --shadow: none;
  }
}
* { box-sizing: border-box }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.55 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue",
    "Noto Sans", "Liberation Sans", Arial, sans-serif;
}
main, header > div, footer { max-width: 1160px; margin: 0 auto; padding: 0 24px }
code, .mono { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace }
h1, h2, h3, p, figure, dl, dd { margin: 0 }
h1 { font-size: 34px; line-height: 1.15; letter-spacing: -.02em; font-weight: 700 }
h2 { font-size: 19px; letter-spacing: -.01em; font-weight: 650 }
code { white-space: nowrap }
h3 { font-size: 14px; font-weight: 600; overflow-wrap: anywhere }
small { font-size: 13px; color: var(--soft); font-weight: 400 }
p { overflow-wrap: anywhere }

header { background: var(--card); border-bottom: 1px solid var(--edge) }
header > div { padding-top: 22px; padding-bottom: 30px }
.brand {
  display: flex; flex-wrap: wrap; gap: 4px 14px; justify-content: space-between;
  font-size: 13px; color: var(--soft); margin-bottom: 30px;
}
.brand b { color: var(--ink); font-weight: 650 }
.verdict { display: flex; gap: 18px; align-items: flex-start }
.verdict svg { flex: none; width: 46px; height: 46px; margin-top: -3px }
.verdict .ring { fill: var(--tone-soft) }
.verdict .sign { fill: none; stroke: var(--tone); stroke-width: 3.2; stroke-linecap: round;
  stroke-linejoin: round }
.verdict p { margin-top: 8px; color: var(--soft); font-size: 16px }
.verdict p.missed { color: var(--tone); font-weight: 600; font-size: 15px }
.verdict code { font-size: .95em }
.good { --tone: var(--good); --tone-soft: var(--good-soft) }
.fair { --tone: var(--fair); --tone-soft: var(--fair-soft) }
.bad { --tone: var(--bad); --tone-soft: var(--bad-soft) }
.unknown { --tone: var(--unknown); --tone-soft: var(--unknown-soft) }

.figures { display: grid; grid-template-columns: repeat(6, 1fr); gap: 12px; margin: 24px 0 }
.figures > div, section {
  background: var(--card); border: 1px solid var(--edge); border-radius: 12px;
  box-shadow: var(--shadow);
}
.figures > div { padding: 14px 16px; min-width: 0; display: flex; flex-direction: column }
.figures dt { font-size: 13px; color: var(--soft) }
.figures dd { font-size: 25px; font-weight: 650; letter-spacing: -.02em; line-height: 1.3;
  font-variant-numeric: tabular-nums; white-space: nowrap }
.figures dd.tone { color: var(--tone) }
.figures dd + dd { font-size: 13px; font-weight: 400; letter-spacing: 0; color: var(--soft);
  white-space: normal; line-height: 1.4 }

.pair { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 16px }
section { padding: 22px 24px 24px; margin: 0 0 16px; min-width: 0 }
.pair section { margin: 0 }
.pair { margin-bottom: 16px }
.column { display: flex; flex-direction: column; gap: 16px }
.column section:last-child { flex: 1 }
section > p { color: var(--soft); margin-top: 4px; max-width: 76ch }
.legend { font-size: 13px; margin-top: 12px }
.legend .key + .key, .legend .red { margin-left: 16px }
.key.grey { background: var(--soft); opacity: .25 } .key.red { background: var(--miss) }
section > h2 + * { margin-top: 6px }
.finding {
  display: flex; gap: 9px; margin: 10px 0 4px; padding: 9px 12px; border-radius: 8px;
  background: var(--tone-soft); color: var(--ink); font-size: 14px; line-height: 1.45;
  max-width: none;
}
.finding b { color: var(--tone); flex: none }

figure { margin-top: 18px }
figcaption { font-size: 14px; font-weight: 600; margin-bottom: 12px }
.key { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-right: 8px }
.plot { position: relative; height: 190px; margin: 26px 10px 30px 58px }
.plot svg { display: block; width: 100%; height: 100%; overflow: visible }
.plot span { position: absolute; font-size: 12px; line-height: 1; color: var(--soft);
  white-space: nowrap; font-variant-numeric: tabular-nums }
.plot .y { right: calc(100% + 8px); transform: translateY(50%) }
.plot .x { top: calc(100% + 9px); transform: translateX(-50%) }
.plot .x.end { transform: translateX(-85%) }
.plot .x.start { transform: translateX(-4px) }
.plot .mark { top: -8px; bottom: 0; border-left: 1.5px dashed var(--ink); opacity: .8;
  pointer-events: none }
.plot .mark b { position: absolute; top: -12px; left: 0; color: var(--ink); font-weight: 600 }
.plot .mark.left b { left: auto; right: 0 }
.plot .mark.high b { top: -26px }
.grid { stroke: var(--grid); stroke-width: 1; vector-effect: non-scaling-stroke }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; vector-effect: non-scaling-stroke }
rect.sse { fill: var(--sse) } rect.poll { fill: var(--poll) }
.line.both { stroke: var(--both) } .line.slow { stroke: var(--slow) }
.line.readers { stroke: var(--readers) }
.fill { opacity: .13 } .fill.both { fill: var(--both) } .fill.slow { fill: var(--slow) }
.fill.readers { fill: var(--readers) }
.ramp { fill: var(--soft); opacity: .07 }
.spot { fill: var(--ink); opacity: 0 } .spot:hover { opacity: .1 }
.spot.bad { fill: var(--miss); opacity: .28 }
.key.sse { background: var(--sse) } .key.poll { background: var(--poll) }
.hit { background: var(--hit) } .miss { background: var(--miss) }
.other0 { background: var(--o0) } .other1 { background: var(--o1) }
.other2 { background: var(--o2) } .other3 { background: var(--o3) }

.split, .halves { display: grid; gap: 0 40px; align-items: start;
  grid-template-columns: minmax(0, 1.9fr) minmax(0, 1fr) }
.halves { grid-template-columns: repeat(auto-fit, minmax(min(100%, 340px), 1fr)) }
.split > .side { margin-top: 18px }
.cache { margin-top: 18px }
.stack { display: flex; gap: 2px; height: 30px; margin: 8px 0 6px }
.stack span { flex: 0 1 0; min-width: 4px; overflow: hidden; font-size: 12px; font-weight: 600;
  line-height: 30px; padding-left: 0; color: #fff; text-indent: 10px; white-space: nowrap }
.stack span:first-child { border-radius: 6px 0 0 6px }
.stack span:last-child { border-radius: 0 6px 6px 0 }
.stack span:only-child { border-radius: 6px }
@media (prefers-color-scheme: dark) { .stack span { color: #0c0f14 } }

.wide { overflow-x: auto; margin-top: 8px }
table { border-collapse: collapse; width: 100%; font-size: 14px;
  font-variant-numeric: tabular-nums }
caption { text-align: left; font-weight: 600; padding: 10px 0 4px }
th, td { text-align: left; padding: 7px 12px 7px 0; border-bottom: 1px solid var(--edge);
  vertical-align: baseline }
th:last-child, td:last-child { padding-right: 0 }
thead th { font-size: 12.5px; font-weight: 500; color: var(--soft); padding-top: 4px }
tbody th { font-weight: 500; overflow-wrap: anywhere }
tbody tr:last-child > * { border-bottom: 0 }
.n { text-align: right; white-space: nowrap }
tr.total > * { font-weight: 650; border-top: 2px solid var(--edge) }
.bar { display: block; min-width: 48px; width: 100% }
td:has(> .bar) { width: 45% }
.bar span { display: block; height: 12px; min-width: 2px; border-radius: 3px; position: relative;
  top: 1px }
.bar span[style="width:0%"] { min-width: 0 }
.pill { display: inline-block; padding: 1px 9px; border-radius: 99px; font-size: 12.5px;
  font-weight: 600; color: var(--tone); background: var(--tone-soft); white-space: nowrap }
details { margin-top: 14px; font-size: 14px }
summary { cursor: pointer; color: var(--soft); font-size: 13px; width: fit-content }
summary:hover { color: var(--ink) }
summary:focus-visible { outline: 2px solid var(--sse); outline-offset: 3px; border-radius: 3px }
.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 6px 20px;
  font-size: 14px; margin-top: 12px }
.facts dt { color: var(--soft) }
.facts dd { overflow-wrap: anywhere }
.bills { columns: 2; column-gap: 16px; margin-top: 18px }
.bills details { border: 1px solid var(--edge); border-radius: 10px; padding: 12px 16px;
  margin: 0 0 12px; break-inside: avoid }
.bills summary { color: var(--soft); font-size: 14px; width: auto }
.bills summary b { color: var(--ink); font-weight: 600 }
.bills details.measured { border-color: var(--good); box-shadow: 0 0 0 1px var(--good) }
.bills p { color: var(--soft); font-size: 13px; margin-top: 4px }
footer { padding: 12px 24px 44px; color: var(--soft); font-size: 13px }

@media (max-width: 1020px) {
  .figures { grid-template-columns: repeat(3, 1fr) }
  .plot .minor { display: none }
}
@media (max-width: 820px) {
  .pair, .split { grid-template-columns: minmax(0, 1fr) }
  .bills { columns: 1 }
}
@media (max-width: 560px) {
  main, header > div, footer { padding-left: 16px; padding-right: 16px }
  header > div { padding-top: 16px; padding-bottom: 24px }
  .brand { margin-bottom: 20px }
  h1 { font-size: 25px }
  .verdict { gap: 12px } .verdict svg { width: 36px; height: 36px }
  .verdict p { font-size: 15px }
  .figures { grid-template-columns: 1fr 1fr; gap: 10px; margin: 16px 0 }
  .figures > div { padding: 11px 13px } .figures dd { font-size: 22px }
  section { padding: 18px 16px 20px }
  .plot { margin-left: 48px; margin-right: 6px; height: 160px }
  .bills details { padding: 10px 12px }
  .facts { grid-template-columns: minmax(0, 2fr) minmax(0, 3fr) }
  td:has(> .bar) { width: 26% }
  table { font-size: 13px } th, td { padding-right: 8px }
}
@media print {
  body { background: #fff } section, .figures > div { box-shadow: none; break-inside: avoid }
  details { break-inside: avoid }
}
)css";

} // namespace

std::string_view report_style() {
    return k_style;
}

} // namespace ds
