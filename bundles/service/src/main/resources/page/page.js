import { html, render, useCallback, useEffect, useRef, useState } from './preact.js';
import { get, key } from './api.js';
import { Ask } from './ask.js';
import { Jobs } from './jobs.js';
import { Memories } from './memories.js';
import { Plugins } from './plugins.js';

const BUSY_MILLIS = 500;
const IDLE_MILLIS = 4000;

/** What the service has, asked again and again: often while jobs run. */
function useService() {
  const [service, setService] = useState({ loading: true });
  const base = useRef(null); // its name stays
  const refresh = useCallback(async () => {
    try {
      base.current ??= (await get('v1/models')).data[0].id;
      const [memories, jobs] = await Promise.all([get('v1/memories'), get('v1/jobs')]);
      const found = { base: base.current, memories: memories.memories, jobs: jobs.jobs };
      setService(found);
      return found;
    } catch (problem) {
      setService(before => ({ ...before, loading: false, problem }));
      return null;
    }
  }, []);
  useEffect(() => {
    let timer;
    let gone = false;
    const again = async () => {
      const found = document.hidden ? null : await refresh();
      if (!gone) {
        timer = setTimeout(again, found?.jobs.some(job => ['QUEUED', 'RUNNING'].includes(job.state)) ? BUSY_MILLIS : IDLE_MILLIS);
      }
    };
    again();
    return () => { gone = true; clearTimeout(timer); };
  }, [refresh]);
  return [service, refresh];
}

function Key({ wrong, entered }) {
  const [value, setValue] = useState('');
  const submit = event => {
    event.preventDefault();
    key.set(value);
    entered();
  };
  return html`
    <form onSubmit=${submit}>
      <label>API key
        <input type="password" autocomplete="current-password" required value=${value} aria-invalid=${wrong ? 'true' : null}
               onInput=${event => setValue(event.target.value)} />
      </label>
      ${wrong && html`<p class="problem" role="alert">That key is wrong.</p>`}
      <button type="submit">Open</button>
    </form>`;
}

function Page() {
  const [service, refresh] = useService();
  const { problem } = service;
  const locked = problem?.status === 401;
  return html`
    <a class="skip" href="#ask">Skip to the question</a>
    <header class="container">
      <h1>Perk4J</h1>
      <nav aria-label="Sections">
        <ul>
          ${['Ask', 'Memories', 'Jobs', 'Plugins'].map(name => html`<li><a href=${'#' + name.toLowerCase()}>${name}</a></li>`)}
        </ul>
      </nav>
      <span class=${'state ' + (problem ? 'bad' : 'good')} role="status">
        ${problem && !locked ? problem.message : service.base ?? ''}
      </span>
    </header>
    <main class="container">
      ${locked && html`<${Key} wrong=${key.get() !== ''} entered=${refresh} />`}
      ${!locked && service.base && html`
        <${Ask} base=${service.base} memories=${service.memories} />
        <${Memories} memories=${service.memories} changed=${refresh} />
        <${Jobs} jobs=${service.jobs} changed=${refresh} />
        <${Plugins} />`}
    </main>`;
}

render(html`<${Page} />`, document.body);
