'use strict';

const report = JSON.parse(document.getElementById('data').textContent);
const methods = {
  'perk': {title: 'PERK', color: '#2f7ed8'},
  'ft-icr': {title: 'FT-ICR', color: '#e08214'},
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

// ---- tables

/** Puts a table into an element. A column is {head, text: row => string, number?: boolean, tone?: row => class}. */
function table(id, columns, rows) {
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
  document.getElementById(id).replaceChildren(element);
}

function tables() {
  const tokens = [{head: 'Context tokens', text: row => row.contextTokens.toLocaleString('en'), number: true},
    ...(named ? [{head: 'Contexts', text: row => row.contexts}] : [])];
  const method = {head: 'Method', text: row => title(row.method)};
  const accuracy = [
    {head: 'Exact match', text: row => percent(row.exactMatch), number: true},
    {head: '95 % interval', text: interval, number: true},
    {head: 'F1', text: row => percent(row.f1), number: true},
    {head: 'Questions', text: row => row.questions.toLocaleString('en'), number: true},
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
function intervals(method, label, data) {
  return {name: label, type: 'custom', silent: true, z: 1, tooltip: {show: false}, itemStyle: {color: methods[method].color},
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
    return own.length === 0 ? [] : [line, intervals(method, label, own.map(result => [result.contextTokens, result.low, result.high]))];
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

function plots() {
  const options = {length: byLength(), position: byPosition(), ...(report.curves.length > 0 && {loss: loss()})};
  for (const [id, option] of Object.entries(options)) {
    const element = document.getElementById(id);
    echarts.dispose(element);
    echarts.init(element, dark.matches ? 'dark' : null, {renderer: 'svg'}).setOption(option);
  }
}

document.title = report.title;
document.getElementById('title').textContent = report.title;
document.getElementById('training').hidden = report.curves.length === 0;
document.getElementById('examples').hidden = report.examples.length === 0;
tables();
plots();
dark.addEventListener('change', plots);
window.addEventListener('resize', () => document.querySelectorAll('.plot').forEach(element => echarts.getInstanceByDom(element)?.resize()));
