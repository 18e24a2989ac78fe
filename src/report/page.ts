import { readFileSync } from 'node:fs'
import { asInline, type Drawing } from '../figures/drawing.js'
import { packageRoot } from '../packageRoot.js'
import { version } from '../train/machine.js'
import { drawConfusion, drawCurves } from './charts.js'
import type { Section } from './collect.js'
import { drawCosts } from './costPlot.js'
import { Html, html } from './html.js'
import { pageClaims } from './pageClaims.js'
import { pageRuns, runLink } from './pageRuns.js'
import { pageTable } from './pageTable.js'
import { pageTable2 } from './pageTable2.js'
import type { Report } from './report.js'
import { describeRecipe, legend } from './words.js'

/** A report as one HTML file that needs no other and no network. */
export function toHtml(report: Report): string {
  const { runs, sections, structure } = report
  const style = readFileSync(new URL('assets/report/page.css', packageRoot), 'utf8')
  return `${
    html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>ghostgrad: the paper's tables</title>
<style>
${new Html(style)}</style>
</head>
<body>
<header>
<h1>The paper's tables</h1>
<p>GhostNet (Han et al., CVPR 2020), its numbers beside those of ghostgrad. Every accuracy of ours links to the <a href="#runs">run</a> that it is of, and a pointer on it shows how that was made; a pointer on a count shows the network that was counted.</p>
</header>
<main>
<section id="claims"><h2>What the paper concludes</h2>
${sections.map(pageClaims)}</section>
${sections.map((section) => pageSection(section, report))}
<section id="structure"><h2>Networks for ImageNet</h2>
<p>Weights and multiply-adds alone: nothing is trained on ImageNet here.</p>
${structure.map((table) => pageTable(table, []))}</section>
<section id="confusion"><h2>Classes taken for each other</h2>
${pageConfusion(report)}</section>
<section id="maps"><h2>Feature maps</h2>
${pageMaps(report)}</section>
<section id="table2"><h2>Similar maps, one made of the other</h2>
${pageTable2(report)}</section>
<section id="runs"><h2>Runs</h2>
${pageRuns(runs)}</section>
</main>
<footer>Made by ghostgrad ${version}: <code>npx ghostgrad report</code></footer>
</body>
</html>`.markup
  }
`
}

function pageSection(section: Section, { runs }: Report): Html {
  const tables = section.tables.map((table) => {
    const curves = drawCurves(table, runs)
    return html`${pageTable(table, runs)}${curves ? html`<div class="charts">${curves.map(chart)}</div>` : null}`
  })
  return html`<section id="recipe-${section.label}"><h2>CIFAR-10, recipe ${section.label}</h2>
<p>${describeRecipe(section).join(' ')}</p>
<p>${legend.join(' ')}</p>
${chart(drawCosts(section))}
${tables}</section>`
}

function pageConfusion({ confusion }: Report): Html {
  if (!confusion) return html`<p class="absent">Not there: it takes the weights of a run.</p>`
  return html`<p>The test images of ${runLink(confusion.run, confusion.run.id)}, by its last weights. Shades and the numbers at the right: share of a label's images.</p>
${chart(drawConfusion(confusion))}`
}

function pageMaps({ maps }: Report): Html {
  if (maps.length === 0)
    return html`<p class="absent">Not there: they take the weights of a run of VGG-16 or Ghost-VGG-16.</p>`
  const figures = maps.map(({ svg, run }) => {
    const url = `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`
    return html`<figure><img src="${url}" alt="Feature maps of ${run.job.row.label}"><figcaption>${runLink(run, run.id)}</figcaption></figure>`
  })
  return html`<p>The paper's Figure 4.</p>
${figures}`
}

const chart = (drawing: Drawing): Html => new Html(`<div class="scroll">${asInline(drawing)}</div>`)
