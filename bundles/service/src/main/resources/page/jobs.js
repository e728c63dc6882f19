import { html, useState } from './preact.js';
import { post } from './api.js';
import { duration, loss } from './text.js';
import { Plot } from './plot.js';
import { Curve, Results } from './runs.js';
import { Submit } from './submit.js';

const KINDS = { DONE: 'good', FAILED: 'bad', CANCELLED: 'bad' };
const COLUMNS = 7;

const called = job => job.memory ?? (job.name || job.kind);
const trains = job => ['train', 'pretrain'].includes(job.kind);

/** What is encoded, trained and evaluated, and what was. */
export function Jobs({ jobs, changed }) {
  const [opened, setOpened] = useState(null);
  const [problem, setProblem] = useState(null);
  const latest = [...jobs].reverse();
  const act = async (job, action) => {
    try {
      await post(`v1/jobs/${job.id}/${action}`, {});
      setProblem(null);
    } catch (e) {
      setProblem(e.message);
    }
    changed();
  };
  const submitted = job => {
    setOpened(job.id);
    document.getElementById('jobs').scrollIntoView(); // where it appears, above the form
    changed();
  };
  return html`
    <section id="jobs" aria-labelledby="jobs-title">
      <h2 id="jobs-title">Jobs</h2>
      ${problem && html`<p class="problem" role="alert">${problem}</p>`}
      ${jobs.length === 0 ? html`<p class="muted">No jobs yet.</p>` : html`
        <div class="table"><table>
          <thead><tr><th scope="col">Name</th><th scope="col">Kind</th><th scope="col">State</th><th scope="col">Progress</th>
            <th scope="col" class="number">Details</th><th scope="col">Submitted</th>
            <th scope="col"><span class="muted">Actions</span></th></tr></thead>
          <tbody>
            ${latest.map(job => html`
              <tr key=${job.id}>
                <th scope="row">${called(job)}</th>
                <td>${job.kind}</td>
                <td><span class=${'state ' + (KINDS[job.state] ?? 'busy')}>${job.state.toLowerCase()}</span></td>
                <td><${Progress} job=${job} /></td>
                <td class="number"><${Opener} job=${job} opened=${opened === job.id}
                    toggle=${() => setOpened(opened === job.id ? null : job.id)} /></td>
                <td>${new Date(job.created).toLocaleString()}</td>
                <td><${Action} job=${job} act=${act} /></td>
              </tr>
              ${(job.error || job.waiting) && html`<tr key=${job.id + ' error'}><td colspan=${COLUMNS} class="text problem">${job.error ?? 'Waiting: ' + job.waiting}</td></tr>`}
              ${opened === job.id && html`<tr key=${job.id + ' opened'}><td colspan=${COLUMNS}><${Inside} job=${job} /></td></tr>`}`)}
          </tbody>
        </table></div>`}
      <${Submit} submitted=${submitted} />
    </section>`;
}

function Opener({ job, opened, toggle }) {
  const [label, text] = job.kind === 'encode' ? ['Loss', job.losses.length > 1 ? loss(job.losses) : '']
    : trains(job) ? ['Curve', job.steps > 0 ? 'Curve' : '']
      : ['Results', job.state === 'DONE' ? 'Results' : ''];
  return text && html`<button class="secondary outline" aria-expanded=${opened} aria-label=${`${label} of ${called(job)}`}
                              onClick=${toggle}>${text}</button>`;
}

function Inside({ job }) {
  if (job.kind === 'encode') {
    return html`<${Plot} title="Loss of the text, by inner step" x=${job.losses.map((_, step) => step)}
                         series=${[{ label: 'loss', y: job.losses }]} />`;
  }
  if (trains(job)) {
    return html`<${Curve} job=${job} />`;
  }
  return job.state === 'DONE' ? html`<${Results} job=${job} />` : html`<p class="muted">No results yet.</p>`;
}

function Action({ job, act }) {
  const action = { QUEUED: 'Cancel', RUNNING: 'Cancel', FAILED: 'Resume', CANCELLED: 'Resume' }[job.state];
  return action && html`<button class="secondary outline" aria-label=${`${action} ${called(job)}`}
                                onClick=${() => act(job, action.toLowerCase())}>${action}</button>`;
}

function Progress({ job }) {
  const [done, total] = job.kind === 'encode' ? [job.passes, job.total] : [job.step, job.steps];
  const label = `Progress of ${called(job)}`;
  if (job.state !== 'RUNNING') {
    return job.kind === 'encode' || total === 0 ? '' : `${done} of ${total}`;
  }
  return html`
    ${total > 0 ? html`<progress value=${done} max=${total} aria-label=${label}></progress>` : html`<progress aria-label=${label}></progress>`}
    ${job.kind !== 'encode' && total > 0 && html`<small>${done} of ${total}${job.loss === null ? '' : `, loss ${job.loss.toFixed(3)}`}${
      job.secondsLeft === null ? '' : `, ${duration(job.secondsLeft)} left`}</small>`}`;
}
