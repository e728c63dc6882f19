import { html, useState } from './preact.js';
import { loss } from './text.js';
import { Plot } from './plot.js';

const KINDS = { DONE: 'good', FAILED: 'bad', CANCELLED: 'bad' };

/** What is being encoded and trained, and what was. */
export function Jobs({ jobs }) {
  const [opened, setOpened] = useState(null);
  const latest = [...jobs].reverse();
  return html`
    <section id="jobs" aria-labelledby="jobs-title">
      <h2 id="jobs-title">Jobs</h2>
      ${jobs.length === 0 ? html`<p class="muted">None since the service has started.</p>` : html`
        <div class="table"><table>
          <thead><tr><th scope="col">Memory</th><th scope="col">State</th><th scope="col">Progress</th>
            <th scope="col" class="number">Loss before → after</th><th scope="col">Began</th></tr></thead>
          <tbody>
            ${latest.map(job => html`
              <tr key=${job.id}>
                <th scope="row">${job.memory}</th>
                <td><span class=${'state ' + (KINDS[job.state] ?? 'busy')}>${job.state.toLowerCase()}</span></td>
                <td><${Progress} job=${job} /></td>
                <td class="number">
                  ${job.losses?.length > 1
                    ? html`<button class="secondary outline" aria-expanded=${opened === job.id}
                                   aria-label=${`Loss of ${job.memory}`}
                                   onClick=${() => setOpened(opened === job.id ? null : job.id)}>${loss(job.losses)}</button>`
                    : ''}
                </td>
                <td>${new Date(job.created).toLocaleString()}</td>
              </tr>
              ${(job.error || job.waiting) && html`<tr key=${job.id + ' error'}><td colspan="5" class="text problem">${job.error ?? 'Waits: ' + job.waiting}</td></tr>`}
              ${opened === job.id && html`<tr key=${job.id + ' loss'}><td colspan="5"><${Plot} title="Loss of the text, by inner step"
                x=${job.losses.map((_, step) => step)} y=${job.losses} /></td></tr>`}`)}
          </tbody>
        </table></div>`}
    </section>`;
}

function Progress({ job }) {
  if (job.state === 'RUNNING' && job.total > 0) {
    return html`<progress value=${job.passes} max=${job.total} aria-label=${`Progress of ${job.memory}`}></progress>`;
  }
  return job.state === 'RUNNING' ? html`<progress aria-label=${`Progress of ${job.memory}`}></progress>` : '';
}
