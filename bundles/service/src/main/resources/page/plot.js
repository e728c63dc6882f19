import { html, useEffect, useRef } from './preact.js';
import uPlot from './uplot.js';

const HEIGHT = 200;
const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000];
const COLORS = ['--pico-primary', '--pico-color', '--pico-muted-color'];
const DASHES = [[], [6, 4], [2, 3]];

/** Curves over one x. They grow as their values do; null is no value. */
export function Plot({ title, x, series }) {
  const place = useRef(null);
  const plot = useRef(null);
  const data = [x, ...series.map(each => each.y)];
  useEffect(() => {
    const color = name => () => getComputedStyle(place.current).getPropertyValue(name).trim();
    const axis = { stroke: color('color'), grid: { stroke: color('border-color'), width: 1 } };
    plot.current = new uPlot({
      title, width: Math.max(240, place.current.clientWidth), height: HEIGHT, scales: { x: { time: false } },
      axes: [{ ...axis, incrs: STEPS }, axis], legend: { show: series.length > 1, live: false },
      series: [{}, ...series.map((each, i) => ({ label: each.label, stroke: color(COLORS[i % COLORS.length]), width: 2,
        dash: DASHES[i % DASHES.length], spanGaps: true }))],
    }, data, place.current);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const redraw = () => plot.current.redraw();
    scheme.addEventListener('change', redraw);
    return () => {
      scheme.removeEventListener('change', redraw);
      plot.current.destroy();
    };
  }, [series.length]);
  useEffect(() => plot.current.setData(data), [x.length, ...series.map(each => each.y.at(-1))]);
  const told = series.map(({ label, y }) => [label, y.filter(value => value !== null)]).filter(([, y]) => y.length > 0)
    .map(([label, y]) => `${label} from ${y[0].toFixed(3)} to ${y.at(-1).toFixed(3)}`).join(', ');
  return html`<div class="plot" ref=${place} role="img" aria-label=${`${title}: ${told}`}></div>`;
}
