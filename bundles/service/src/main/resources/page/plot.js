import { html, useEffect, useRef } from './preact.js';
import uPlot from './uplot.js';

const HEIGHT = 200;
const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/** A curve. It grows as its values do. */
export function Plot({ title, x, y }) {
  const place = useRef(null);
  const plot = useRef(null);
  useEffect(() => {
    const color = name => () => getComputedStyle(place.current).getPropertyValue(name).trim();
    const axis = { stroke: color('color'), grid: { stroke: color('border-color'), width: 1 } };
    plot.current = new uPlot({
      title, width: Math.max(240, place.current.clientWidth), height: HEIGHT, scales: { x: { time: false } },
      axes: [{ ...axis, incrs: STEPS }, axis], legend: { show: false },
      series: [{}, { stroke: color('--pico-primary'), width: 2, points: { show: true } }],
    }, [x, y], place.current);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const redraw = () => plot.current.redraw();
    scheme.addEventListener('change', redraw);
    return () => {
      scheme.removeEventListener('change', redraw);
      plot.current.destroy();
    };
  }, []);
  useEffect(() => plot.current.setData([x, y]), [x.length, y.at(-1)]);
  return html`<div class="plot" ref=${place} role="img"
                   aria-label=${`${title}: from ${y[0].toFixed(3)} to ${y.at(-1).toFixed(3)}`}></div>`;
}
