/** The reports' style sheet: one column on a phone, pictures side by side where there is room. */
export const reportStyle = `
:root{color-scheme:light dark;--ink:#1c2026;--soft:#586270;--line:#dde1e7;--page:#f5f6f8;--card:#fff;--accent:#a8481a;--on-accent:#fff;--mark:#ff9f40;--good:#1f5fa8}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ee;--soft:#98a2b0;--line:#2d343d;--page:#0f1115;--card:#16191e;--accent:#f0a070;--on-accent:#1f130c;--good:#7fb8f5}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1160px;padding:20px 16px 56px;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.6rem;line-height:1.2;margin:0 0 4px}
h2{font-size:1.2rem;margin:36px 0 10px}
h3{font-size:1rem;margin:0 0 10px;overflow-wrap:anywhere}
p{margin:0 0 10px}
a{color:var(--accent)}
.lead,.meaning,figcaption,.axis,dt{color:var(--soft)}
.lead{max-width:100ch}
.said{font-style:italic;max-width:80ch}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:14px 16px;margin:0 0 16px}
.wide{overflow-x:auto}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:2px 14px;margin:0}
dd{margin:0;overflow-wrap:anywhere}
table{width:100%;border-collapse:collapse}
th,td{padding:8px 0 8px 12px;text-align:right;vertical-align:top;border-top:1px solid var(--line);white-space:nowrap;font-variant-numeric:tabular-nums}
thead th{border-top:0;font-weight:500;color:var(--soft);font-size:.85rem}
th:first-child,td:first-child{padding-left:0;text-align:left;white-space:normal;font-weight:500;min-width:14em}
td.words,td.decision,th.words{text-align:left;white-space:normal}
tr.better td.change{color:var(--good);font-weight:600}
tr.worse td.change{color:var(--accent);font-weight:600}
.meaning{display:block;font-size:.85rem;font-weight:400;line-height:1.35;max-width:90ch}
.value{font-weight:600}
.unit,.interval{color:var(--soft);font-weight:400;font-size:.85rem}
button,input,select{font:inherit;color:inherit}
button,select,input[type=search]{min-height:40px;padding:6px 14px;border:1px solid var(--line);border-radius:8px;background:var(--card)}
button{cursor:pointer}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.filter,.deck{display:flex;flex-wrap:wrap;align-items:center;gap:8px 14px;margin:0 0 12px}
.filter label{color:var(--soft);font-size:.9rem}
.count{margin-left:auto;color:var(--soft);font-size:.9rem;font-variant-numeric:tabular-nums}
.choice{display:flex;flex-wrap:wrap;margin:0;padding:3px;border:1px solid var(--line);border-radius:8px}
.choice label{position:relative;cursor:pointer}
.choice input{position:absolute;inset:0;opacity:0;cursor:pointer}
.choice span{display:block;padding:4px 12px;border-radius:6px;color:var(--soft)}
.choice input:checked+span{background:var(--ink);color:var(--card)}
.choice input:focus-visible+span{outline:2px solid var(--accent);outline-offset:2px}
.play{min-width:6em;background:var(--accent);border-color:var(--accent);color:var(--on-accent);font-weight:600}
.seek{flex:1 1 160px;min-width:100px;min-height:32px;accent-color:var(--accent)}
.clock{color:var(--soft);font-variant-numeric:tabular-nums}
.match{color:var(--soft);font-size:.9rem}
.pair{display:grid;gap:14px}
.side{min-width:0;display:grid;gap:14px;align-content:start}
@media(min-width:760px){.pair{grid-template-columns:1fr 1fr}.side:only-child{grid-column:1/-1;grid-template-columns:1fr 1fr}.side:only-child audio{grid-column:1/-1}}
figure{margin:0;min-width:0}
figcaption{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 12px;font-size:.9rem;margin-bottom:4px}
.plot{display:grid;grid-template-columns:3.1rem minmax(0,1fr)}
.picture{position:relative;overflow:hidden;border-radius:4px;cursor:crosshair;background:#000}
.picture img{display:block;width:100%;height:220px}
.mark{position:absolute;top:0;bottom:0;min-width:2px;border:0 solid var(--mark);border-width:0 1px;background:rgb(255 159 64/.22)}
.mark b{position:absolute;top:2px;left:50%;transform:translateX(-50%);padding:0 5px;border-radius:4px;background:#000;color:var(--mark);font-size:.75rem;line-height:1.4}
.head{position:absolute;top:0;bottom:0;left:0;width:1px;background:#fff}
.axis{display:flex;white-space:nowrap;justify-content:space-between;font-size:.75rem;line-height:1;font-variant-numeric:tabular-nums}
.axis.frequency{flex-direction:column;text-align:right;padding-right:6px}
.axis.time{grid-column:2;padding-top:5px}
audio{display:block;width:100%;height:40px}
audio:not([controls]){display:none}
.marks{display:flex;flex-wrap:wrap;gap:6px 26px;margin:12px 0 0;padding-left:1.6em}
.marks button{font-size:.85rem;padding:4px 10px;min-height:32px;font-variant-numeric:tabular-nums}
.chips{display:flex;flex-wrap:wrap;gap:4px 18px;margin:10px 0;padding:0;list-style:none;font-size:.85rem;color:var(--soft)}
.chips b{color:var(--ink);font-variant-numeric:tabular-nums}
.decision{font-weight:600}
.decision.accept::before{content:"✓ "}.decision.retry::before{content:"? "}.decision.reject::before{content:"✕ "}
.chart{overflow-x:auto}
.chart svg{display:block;width:100%;min-width:520px;max-width:900px}
[hidden]{display:none}
@media(max-width:480px){.choice span{padding:4px 9px}.count{margin-left:0}}
@media(forced-colors:active){.choice input:checked+span{background:Highlight;color:HighlightText;forced-color-adjust:none}.mark{border-color:Highlight;border-width:0 2px}.head{background:Highlight;forced-color-adjust:none}.play{border-width:2px}}
`
