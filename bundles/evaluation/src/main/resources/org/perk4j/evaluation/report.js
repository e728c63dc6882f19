'use strict';

const report = JSON.parse(document.getElementById('data').textContent);
const methods = {
  'perk': {title: 'PERK', color: '#2f7ed8'},
  'reckoning': {title: 'RECKONING', color: '#2a9d6f'},
  'fine-tuned': {title: 'fine-tuned', color: '#a05fc0'},
  'ft-icr': {title: 'FT-ICR', color: '#e08214'},
  'zero-shot': {title: 'zero-shot', color: '#c94f6d'},
  'retrieval': {title: 'retrieval', color: '#8c6d31'},
  'no-context': {title: 'no context', color: '#8a8f99'},
};
const runColors = ['#2f7ed8', '#e08214', '#2a9d6f', '#a05fc0', '#c94f6d', '#8a8f99'];
const dark = window.matchMedia('(prefers-color-scheme: dark)');

const results = [...report.results].sort((a, b) => a.contextTokens - b.contextTokens || a.contexts.localeCompare(b.contexts)
  || Object.keys(methods).indexOf(a.method) - Object.keys(methods).indexOf(b.method));
/** What contexts are measured together: those of one name and length. */
const contexts = result => `${result.contexts}, ${result.contextTokens.toLocaleString('en')} tokens`.replace(/^, /, '');
const order = [...new Set(results.map(contexts))];
const names = [...new Set(results.map(result => result.contexts))];
const named = names.some(name => name !== '');
const strokes = ['solid', 'dashed', 'dotted', [10, 4, 2, 4]];
const title = key => methods[key].title;
const percent = share => share === null ? '–' : (100 * share).toFixed(1) + ' %';
const interval = accuracy => percent(accuracy.low) + ' – ' + percent(accuracy.high);

const signed = share => (share < 0 ? '' : '+') + percent(share);

/** What memories made the base forget: its perplexity without them, and the rise with them. */
function forgetting(row) {
  const measured = row.forgetting;
  return !measured ? '' : `${measured.perplexity.toFixed(1)}, ${signed(measured.rise)}`
    + (measured.low === null ? '' : ` (${signed(measured.low)} to ${signed(measured.high)})`);
}

// ---- tables

/** Puts a table into an element, or the one of this id. A column is {head, text: row => string, number?: boolean, tone?: row => class}. */
function table(place, columns, rows) {
  const element = document.createElement('table');
  const head = element.createTHead().insertRow();
  for (const column of columns) {
    const cell = document.createElement('th');
    cell.textContent = column.head;
    cell.className = column.number ? 'number' : '';
    head.append(cell);
  }
  const body = element.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    for (const column of columns) {
      const cell = line.insertCell();
      cell.textContent = column.text(row);
      cell.className = (column.number ? 'number ' : '') + (column.tone ? column.tone(row) : '');
    }
  }
  (typeof place === 'string' ? document.getElementById(place) : place).replaceChildren(element);
}

function tables() {
  const tokens = [{head: 'Context tokens', text: row => row.contextTokens.toLocaleString('en'), number: true},
    ...(named ? [{head: 'Contexts', text: row => row.contexts}] : [])];
  const method = {head: 'Method', text: row => title(row.method)};
  const accuracy = [
    {head: 'Exact match', text: row => percent(row.exactMatch), number: true},
    {head: '95 % interval', text: interval, number: true},
    {head: 'F1', text: row => percent(row.f1), number: true},
    {head: 'Contained', text: row => percent(row.contained), number: true},
    {head: 'Questions', text: row => row.questions.toLocaleString('en'), number: true},
    ...(results.some(result => result.forgetting) ? [{head: 'Perplexity of an unrelated text', text: forgetting, number: true}] : []),
  ];
  table('results', [...tokens, method, ...accuracy], results);
  const kinds = [...new Set(results.flatMap(result => Object.keys(result.byKind)))].sort();
  table('kinds', [...tokens, method, ...kinds.map(kind => ({head: kind, number: true,
    text: row => kind in row.byKind ? percent(row.byKind[kind].exactMatch) : ''}))], results);
  const tone = row => row.right ? 'right' : 'wrong';
  table('answers', [...tokens, method, {head: 'Question', text: row => row.question},
    {head: 'Right answer', text: row => row.answer},
    {head: 'Answer given', text: row => (row.right ? '✓ ' : '✗ ') + row.given, tone}], report.examples);
}

// ---- plots

const percentAxis = {type: 'value', min: 0, max: 1, axisLabel: {formatter: value => Math.round(100 * value) + ' %'}};
const tooltip = {trigger: 'item', confine: true};

function frame(options) {
  return {backgroundColor: 'transparent', animation: false, legend: {top: 0, type: 'scroll'},
    grid: {left: 56, right: 24, top: 40, bottom: 48}, tooltip, ...options};
}

function name(axis, text) {
  return {...axis, name: text, nameLocation: 'middle', nameGap: 30};
}

/** Draws confidence intervals, [x, low, high] each, as bars with caps. */
function intervals(color, label, data) {
  return {name: label, type: 'custom', silent: true, z: 1, tooltip: {show: false}, itemStyle: {color},
    encode: {x: 0, y: [1, 2]}, data, renderItem: (parameters, api) => {
      const [x, low] = api.coord([api.value(0), api.value(1)]);
      const high = api.coord([api.value(0), api.value(2)])[1];
      const line = (x1, y1, x2, y2) => ({type: 'line', shape: {x1, y1, x2, y2}, style: {stroke: api.visual('color'), lineWidth: 1.5}});
      return {type: 'group', children: [line(x, low, x, high), line(x - 5, low, x + 5, low), line(x - 5, high, x + 5, high)]};
    }};
}

function byLength() {
  const series = Object.keys(methods).flatMap(method => names.flatMap((name, i) => {
    const own = results.filter(result => result.method === method && result.contexts === name && result.exactMatch !== null);
    const label = title(method) + (name === '' ? '' : ', ' + name);
    const line = {name: label, type: 'line', color: methods[method].color, symbol: 'circle', symbolSize: 8, z: 2,
      lineStyle: {type: strokes[Math.min(i, strokes.length - 1)]},
      data: own.map(result => [result.contextTokens, result.exactMatch]),
      tooltip: {formatter: point => `${label}, ${point.value[0].toLocaleString('en')} tokens<br>${percent(point.value[1])} (${interval(own[point.dataIndex])})`}};
    return own.length === 0 ? [] : [line, intervals(methods[method].color, label, own.map(result => [result.contextTokens, result.low, result.high]))];
  }));
  const lengths = results.map(result => result.contextTokens);
  return frame({xAxis: name({type: 'log', logBase: 2, min: 0.8 * Math.min(...lengths), max: 1.25 * Math.max(...lengths),
    splitLine: {show: false},
    axisLabel: {showMinLabel: false, showMaxLabel: false, formatter: value => Math.round(value).toLocaleString('en')}}, 'tokens of the context (logarithmic)'),
    yAxis: percentAxis, series});
}

function byPosition() {
  const series = results.map(result => ({name: `${title(result.method)}, ${contexts(result)}`,
    type: 'line', color: methods[result.method].color, symbol: 'circle', symbolSize: 6,
    lineStyle: {type: strokes[Math.min(order.indexOf(contexts(result)), strokes.length - 1)]},
    data: result.byPosition.map((accuracy, i) => ({value: [(i + 0.5) / result.byPosition.length, accuracy.exactMatch], accuracy})),
    tooltip: {formatter: point => `${point.seriesName}<br>${percent(point.value[1])} (${interval(point.data.accuracy)}), ${point.data.accuracy.questions} questions`}}));
  return frame({xAxis: name(percentAxis, 'from the beginning of the context to its end'), yAxis: percentAxis, series});
}

/** The mean of each value and those before it, weighted less the older they are: by half after some 1 % of all. */
function smoothed(points) {
  const keep = Math.max(0, 1 - 50 / points.length);
  let sum = 0;
  let weights = 0;
  return points.map(([step, value]) => {
    sum = keep * sum + value;
    weights = keep * weights + 1;
    return [step, sum / weights];
  });
}

function loss() {
  const series = report.curves.flatMap((curve, i) => {
    const color = runColors[i % runColors.length];
    const points = field => curve.steps.filter(step => step[field] !== null).map(step => [step.step, step[field]]);
    const line = {name: curve.name, type: 'line', showSymbol: false, color, sampling: 'lttb'};
    return [{...line, data: points('loss'), silent: true, lineStyle: {width: 1, opacity: 0.25}},
      {...line, data: smoothed(points('loss')), lineStyle: {width: 2}},
      {name: curve.name, type: 'scatter', color, symbolSize: 7, data: points('validationLoss'),
        tooltip: {formatter: point => `${curve.name}, step ${point.value[0]}<br>validation loss ${point.value[1].toFixed(4)}`}}];
  });
  return frame({xAxis: name({type: 'value', splitLine: {show: false}}, 'step'), yAxis: {type: 'value', scale: true}, series});
}

// ---- figures of several evaluations

/** Makes the section of each figure: its plot, and below it its table. */
function sections() {
  report.figures.forEach((figure, i) => {
    const section = document.createElement('section');
    const add = (tag, className, text) => {
      const element = document.createElement(tag);
      element.className = className;
      element.textContent = text;
      section.append(element);
      return element;
    };
    add('h2', '', figure.title);
    add('p', '', figure.note);
    add('div', 'plot', '').id = `figure${i}`;
    table(add('div', 'scroll', ''), figure.head.map((head, j) => ({head, number: j > 0, text: row => row[j]})), figure.rows);
    document.getElementById('figures').append(section);
  });
}

const drawn = {LINES: lines, BARS: bars, HEAT: heat};

function valueAxis(figure) {
  return figure.unit === 'exact match' ? percentAxis
    : {...name({type: 'value', min: 0}, figure.unit === 'bytes' ? 'MiB' : figure.unit), nameGap: 48};
}

const grid = {left: 80, right: 24, top: 40, bottom: 48};

/** What the table below has in the line of a point and the column of its series. */
function cell(figure, series, at) {
  return figure.rows.find(row => row[0] === at)[1 + figure.series.indexOf(series)];
}

function shown(figure, series) {
  return {formatter: point => `${series.name}, ${point.data.at}<br>${cell(figure, series, point.data.at)}`};
}

function lines(figure) {
  const series = figure.series.flatMap((one, i) => {
    const color = runColors[i % runColors.length];
    const points = one.points.filter(point => point.value !== null);
    const bounds = points.filter(point => point.low !== null && point.high !== null);
    const line = {name: one.name, type: 'line', color, symbol: one.published ? 'diamond' : 'circle', symbolSize: 8, z: 2,
      lineStyle: {type: one.published ? 'dashed' : 'solid'}, tooltip: shown(figure, one),
      data: points.map(point => ({value: [point.x, figure.factor * point.value], at: point.at}))};
    return points.length === 0 ? [] : [line, intervals(color, one.name, bounds.map(point => [point.x, point.low, point.high]))];
  });
  const all = figure.series.flatMap(one => one.points.map(point => point.x));
  return frame({grid, xAxis: name({type: 'log', logBase: 2, min: 0.8 * Math.min(...all), max: 1.25 * Math.max(...all), splitLine: {show: false},
    axisLabel: {showMinLabel: false, showMaxLabel: false, formatter: value => Math.round(value).toLocaleString('en')}},
    `${figure.across} (logarithmic)`), yAxis: valueAxis(figure), series});
}

function bars(figure) {
  const places = figure.rows.map(row => row[0]);
  const series = figure.series.map((one, i) => ({name: one.name, type: 'bar', color: runColors[i % runColors.length], barMaxWidth: 36,
    itemStyle: one.published ? {opacity: 0.45} : {}, tooltip: shown(figure, one),
    data: places.map(at => one.points.find(point => point.at === at)).map(point =>
      point && point.value !== null ? {value: figure.factor * point.value, at: point.at} : '-')}));
  return frame({xAxis: {type: 'category', data: places, axisLabel: {interval: 0, hideOverlap: false, rotate: places.length > 6 ? 30 : 0}},
    grid: {...grid, bottom: places.length > 6 ? 96 : 48}, yAxis: valueAxis(figure), series});
}

function heat(figure) {
  const columns = figure.series.map(one => one.name);
  const places = figure.rows.map(row => row[0]);
  const data = figure.series.flatMap((one, column) => one.points.filter(point => point.value !== null).map(point =>
    ({value: [column, places.indexOf(point.at), point.value], at: point.at})));
  return frame({legend: {show: false}, grid: {left: 120, right: 24, top: 48, bottom: 64},
    xAxis: {type: 'category', data: columns, position: 'top'}, yAxis: {type: 'category', data: places, inverse: true},
    visualMap: {min: 0, max: 1, calculable: false, orient: 'horizontal', left: 'center', bottom: 8,
      inRange: {color: ['#f1d9c5', '#2f7ed8']}, formatter: percent},
    series: [{type: 'heatmap', data, label: {show: true, color: '#1d2433', formatter: point => percent(point.value[2])},
      tooltip: {formatter: point => `${columns[point.value[0]]}, ${point.data.at}<br>${cell(figure, figure.series[point.value[0]], point.data.at)}`}}]});
}

function plots() {
  const options = {...(results.length > 0 && {length: byLength(), position: byPosition()}),
    ...(report.curves.length > 0 && {loss: loss()})};
  report.figures.forEach((figure, i) => {
    options[`figure${i}`] = drawn[figure.form](figure);
  });
  for (const [id, option] of Object.entries(options)) {
    const element = document.getElementById(id);
    echarts.dispose(element);
    echarts.init(element, dark.matches ? 'dark' : null, {renderer: 'svg'}).setOption(option);
  }
}

document.title = report.title;
document.getElementById('title').textContent = report.title;
document.getElementById('about').textContent = report.about;
document.getElementById('about').hidden = report.about === '';
document.getElementById('evaluation').hidden = results.length === 0;
document.getElementById('training').hidden = report.curves.length === 0;
document.getElementById('examples').hidden = report.examples.length === 0;
tables();
sections();
plots();
dark.addEventListener('change', plots);
window.addEventListener('resize', () => document.querySelectorAll('.plot').forEach(element => echarts.getInstanceByDom(element)?.resize()));
