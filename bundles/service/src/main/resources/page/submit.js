import { html, useRef, useState } from './preact.js';
import { post } from './api.js';
import { FoldedForm, TextFile } from './form.js';

const KINDS = ['train', 'pretrain', 'evaluate'];

/** A form for a job, as the command of its kind reads it: pasted, or from a file. */
export function Submit({ submitted }) {
  const [kind, setKind] = useState(KINDS[0]);
  const [name, setName] = useState('');
  const [job, setJob] = useState('');
  const [problem, setProblem] = useState(null);
  const field = useRef(null);

  const read = (text, file) => {
    setJob(text);
    setName(name || file);
    setProblem(null);
  };
  const submit = async () => {
    try {
      JSON.parse(job); // only to see what is wrong where: the service reads long numbers as they are written
      submitted(await post('v1/jobs', `{"kind": "${kind}", "name": ${JSON.stringify(name)}, "job": ${job}}`));
      setJob('');
      setName('');
      setProblem(null);
    } catch (e) {
      setProblem(e instanceof SyntaxError ? `This is not JSON: ${e.message}` : e.message);
      field.current.focus();
    }
  };

  return html`
    <${FoldedForm} title="Start a job" submit=${submit}>
      <div class="row three">
        <label>Kind
          <select name="kind" onChange=${event => setKind(event.target.value)}>
            ${KINDS.map(each => html`<option key=${each} value=${each} selected=${each === kind}>${each}</option>`)}
          </select>
        </label>
        <label>Name
          <input name="job-name" maxlength="100" value=${name} onInput=${event => setName(event.target.value)} />
        </label>
        <${TextFile} label="Job file" name="job-file" accept=".json,application/json" read=${read} />
      </div>
      <label>Job
        <textarea name="job" class="code" rows="10" required spellcheck="false" ref=${field} value=${job}
                  aria-invalid=${problem ? 'true' : null} aria-describedby=${problem ? 'job-problem job-help' : 'job-help'}
                  onInput=${event => { setJob(event.target.value); setProblem(null); }}></textarea>
      </label>
      ${problem && html`<p id="job-problem" class="problem" role="alert">${problem}</p>`}
      <p id="job-help" class="muted">JSON, as <code>perk ${kind}</code> reads it. Base and backend may be left out: they are the
        service's. Names of files begin at its folder <code>--data</code>.</p>
      <button type="submit">Start</button>
    <//>`;
}
