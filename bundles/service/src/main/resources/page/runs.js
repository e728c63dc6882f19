import { html, useEffect, useMemo, useState } from './preact.js';
import { get } from './api.js';
import { Plot } from './plot.js';
import { percent } from './text.js';

const METHODS = { perk: 'PERK', reckoning: 'RECKONING', 'fine-tuned': 'fine-tuned', 'ft-icr': 'FT-ICR', 'zero-shot': 'zero-shot',
  retrieval: 'retrieval', 'no-context': 'no context' };

/** Asks for a part of a job, again whenever the job has got on. */
function usePart(job, part) {
  const [found, setFound] = useState(null);
  const [problem, setProblem] = useState(null);
  useEffect(() => {
    get(`v1/jobs/${job.id}/${part}`).then(part => { setFound(part); setProblem(null); }, e => setProblem(e.message));
  }, [job.id, job.step, job.state, part]);
  return [found, problem];
}

/** How a training goes. */
export function Curve({ job }) {
  const [found, problem] = usePart(job, 'curve');
  const steps = found?.steps;
  const [x, loss, validation, accuracy] = useMemo(() => ['step', 'loss', 'validationLoss', 'accuracy']
    .map(key => (steps ?? []).map(step => step[key])), [steps]);
  if (problem) {
    return html`<p class="problem" role="alert">${problem}</p>`;
  }
  if (x.length === 0) {
    return html`<p class="muted">No step yet.</p>`;
  }
  return html`
    <${Plot} title="Loss by step" x=${x} series=${[{ label: 'loss', y: loss }, { label: 'validation', y: validation }]} />
    ${accuracy.some(value => value !== null)
      && html`<${Plot} title="Accuracy by step" x=${x} series=${[{ label: 'accuracy', y: accuracy }]} />`}`;
}

/** The contexts of a result: those of one name and length. */
const contexts = result => `${result.contexts ? result.contexts + ', ' : ''}${result.contextTokens.toLocaleString('en')} tokens`;

/** What an evaluation found. */
export function Results({ job }) {
  const [found, problem] = usePart(job, 'results');
  if (problem || !found) {
    return html`<p class=${problem ? 'problem' : 'muted'} role="status">${problem ?? 'Loading'}</p>`;
  }
  const results = [...found.results].sort((a, b) => a.contextTokens - b.contextTokens || a.contexts.localeCompare(b.contexts));
  const positions = results.some(result => result.byPosition.some(each => each.questions > 0));
  return html`
    <${ByLength} results=${results} />
    <table>
      <caption>Exact match by length</caption>
      <thead><tr><th scope="col">Contexts</th><th scope="col">Method</th><th scope="col" class="number">Exact match</th>
        <th scope="col" class="number">95 % interval</th><th scope="col" class="number">F1</th>
        <th scope="col" class="number">Contained</th><th scope="col" class="number">Questions</th></tr></thead>
      <tbody>${results.map(result => html`
        <tr key=${contexts(result) + result.method}>
          <th scope="row">${contexts(result)}</th><td>${METHODS[result.method]}</td>
          <td class="number heat" style=${{ '--share': result.exactMatch ?? 0 }}>${percent(result.exactMatch)}</td>
          <td class="number">${percent(result.low)} – ${percent(result.high)}</td>
          <td class="number">${percent(result.f1)}</td><td class="number">${percent(result.contained)}</td>
          <td class="number">${result.questions}</td>
        </tr>`)}</tbody>
    </table>
    ${positions && html`<table>
      <caption>Exact match by the position of the fact, from the beginning of the context to its end</caption>
      <thead><tr><th scope="col">Contexts</th><th scope="col">Method</th>
        ${results[0].byPosition.map((_, tenth) => html`<th scope="col" class="number" key=${tenth}>${10 * tenth} %</th>`)}</tr></thead>
      <tbody>${results.map(result => html`
        <tr key=${contexts(result) + result.method}>
          <th scope="row">${contexts(result)}</th><td>${METHODS[result.method]}</td>
          ${result.byPosition.map((each, tenth) => html`
            <td class="number heat" key=${tenth} style=${{ '--share': each.exactMatch ?? 0 }}>${percent(each.exactMatch)}</td>`)}
        </tr>`)}</tbody>
    </table>`}`;
}

/** A plot, where there is more than one length of contexts that differ by nothing else. */
function ByLength({ results }) {
  const lengths = [...new Set(results.map(result => result.contextTokens))];
  if (lengths.length < 2 || results.some(result => result.contexts)) {
    return null;
  }
  const series = [...new Set(results.map(result => result.method))].map(method => ({ label: METHODS[method],
    y: lengths.map(length => results.find(each => each.method === method && each.contextTokens === length)?.exactMatch ?? null) }));
  return html`<${Plot} title="Exact match by tokens of the context" x=${lengths} series=${series} />`;
}
