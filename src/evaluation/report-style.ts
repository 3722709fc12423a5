/** The report's style sheet: one column on a phone, pictures side by side where there is room. */
export const reportStyle = `
:root{color-scheme:light dark;--ink:#1c2026;--soft:#5b6573;--line:#dde1e7;--page:#f5f6f8;--card:#fff;--accent:#a8481a}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ee;--soft:#98a2b0;--line:#2d343d;--page:#0f1115;--card:#16191e;--accent:#f0a070}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1160px;padding:20px 16px 56px;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.6rem;line-height:1.2;margin:0 0 4px}
h2{font-size:1.2rem;margin:36px 0 10px}
h3{font-size:1rem;margin:0 0 10px;overflow-wrap:anywhere}
p{margin:0 0 10px}
.lead,.meaning,figcaption,.axis,dt{color:var(--soft)}
.lead{max-width:100ch}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:14px 16px;margin:0 0 16px}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:2px 14px;margin:0}
dd{margin:0;overflow-wrap:anywhere}
table{width:100%;border-collapse:collapse}
th,td{padding:8px 0 8px 12px;text-align:right;vertical-align:top;border-top:1px solid var(--line);white-space:nowrap;font-variant-numeric:tabular-nums}
thead th{border-top:0;font-weight:500;color:var(--soft);font-size:.85rem}
th:first-child,td:first-child{padding-left:0;text-align:left;white-space:normal;font-weight:500}
.meaning{display:block;font-size:.85rem;font-weight:400;line-height:1.35;max-width:90ch}
.value{font-weight:600}
.unit,.interval{color:var(--soft);font-weight:400;font-size:.85rem}
.pair{display:grid;gap:14px}
@media(min-width:760px){.pair{grid-template-columns:1fr 1fr}}
figure{margin:0;min-width:0}
figcaption{font-size:.9rem;margin-bottom:4px}
.plot{display:grid;grid-template-columns:3.1rem minmax(0,1fr)}
.plot img{display:block;width:100%;height:220px;border-radius:4px;image-rendering:auto;background:#000}
.axis{display:flex;white-space:nowrap;justify-content:space-between;font-size:.75rem;line-height:1;font-variant-numeric:tabular-nums}
.axis.frequency{flex-direction:column;text-align:right;padding-right:6px}
.axis.time{grid-column:2;padding-top:5px}
audio{display:block;width:100%;margin-top:10px;height:40px}
.chips{display:flex;flex-wrap:wrap;gap:4px 18px;margin:10px 0 0;padding:0;list-style:none;font-size:.85rem;color:var(--soft)}
.chips b{color:var(--ink);font-variant-numeric:tabular-nums}
.chart{overflow-x:auto}
.chart svg{display:block;width:100%;min-width:520px;max-width:900px}
`
