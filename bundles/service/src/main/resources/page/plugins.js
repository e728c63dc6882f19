import { html, useEffect, useState } from './preact.js';
import { get } from './api.js';

/** What is installed, and why something isn't ready. */
export function Plugins() {
  const [plugins, setPlugins] = useState(null);
  const [problem, setProblem] = useState(null);
  const load = () => get('v1/plugins').then(found => { setPlugins(found.plugins); setProblem(null); },
    failure => setProblem(failure.message));
  useEffect(() => { load(); }, []);
  return html`
    <section id="plugins" aria-labelledby="plugins-title">
      <h2 id="plugins-title">Plugins</h2>
      ${problem && html`<p class="problem" role="alert">${problem}</p>`}
      ${plugins && html`
        <div class="table"><table>
          <thead><tr><th scope="col">Kind</th><th scope="col">Type</th><th scope="col">State</th><th scope="col">Bundle</th></tr></thead>
          <tbody>
            ${plugins.map(plugin => html`
              <tr key=${[plugin.kind, plugin.type, plugin.bundle, plugin.version].join(' ')}>
                <td>${plugin.kind}</td><th scope="row">${plugin.type}</th>
                <td class="text"><span class=${'state ' + (plugin.state === 'ready' ? 'good' : 'bad')}>${plugin.state}</span>
                  ${plugin.reasons.map(reason => html`<br /><small class="muted">${reason}</small>`)}</td>
                <td>${plugin.bundle} ${plugin.version}</td>
              </tr>`)}
          </tbody>
        </table></div>`}
      <button class="secondary outline" onClick=${load}>Refresh</button>
    </section>`;
}
