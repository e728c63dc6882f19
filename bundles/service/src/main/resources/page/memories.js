import { html, useState } from './preact.js';
import { get, post, remove } from './api.js';
import { FoldedForm, TextFile } from './form.js';
import { loss, bytes } from './text.js';

/** What is remembered, and a form that has more remembered. */
export function Memories({ memories, changed }) {
  const [opened, setOpened] = useState(null);
  const [problem, setProblem] = useState(null);

  const inspect = async name => {
    try {
      setOpened(opened?.name === name ? null : await get(`v1/memories/${name}`));
    } catch (e) {
      setProblem(e.message);
    }
  };
  const forget = async name => {
    if (!confirm(`Delete the memory ${name}? It can't be brought back.`)) {
      return;
    }
    try {
      await remove(`v1/memories/${name}`);
      setProblem(null);
    } catch (e) {
      setProblem(e.message);
    }
    changed();
  };

  return html`
    <section id="memories" aria-labelledby="memories-title">
      <h2 id="memories-title">Memories</h2>
      ${problem && html`<p class="problem" role="alert">${problem}</p>`}
      ${memories.length === 0 && html`<p class="muted">No memories yet: add a text below.</p>`}
      ${memories.length > 0 && html`
        <div class="table"><table>
          <thead><tr><th scope="col">Name</th><th scope="col">Adapter</th><th scope="col" class="number">Tokens</th>
            <th scope="col" class="number">Loss before → after</th><th scope="col" class="number">Size</th>
            <th scope="col" class="number">Uses</th><th scope="col"><span class="muted">Actions</span></th></tr></thead>
          <tbody>
            ${memories.map(memory => html`
              <tr key=${memory.name}>
                <th scope="row">${memory.name}</th>
                <td>${memory.adapter}</td>
                <td class="number">${memory.tokens}</td>
                <td class="number">${loss(memory.losses)}</td>
                <td class="number">${bytes(memory.bytes)}</td>
                <td class="number">${memory.uses}</td>
                <td>
                  <button class="secondary outline" aria-expanded=${opened?.name === memory.name}
                          onClick=${() => inspect(memory.name)}>Details</button>${' '}
                  <button class="contrast outline" aria-label=${`Delete ${memory.name}`}
                          onClick=${() => forget(memory.name)}>Delete</button>
                </td>
              </tr>
              ${opened?.name === memory.name && html`<tr key=${memory.name + ' opened'}><td colspan="7"><${Inside} memory=${opened} /></td></tr>`}`)}
          </tbody>
        </table></div>`}
      <${Encode} changed=${changed} />
    </section>`;
}

function Inside({ memory }) {
  return html`<dl>${Object.entries(memory).filter(([, value]) => value !== null).map(([name, value]) => html`
    <dt>${name}</dt><dd>${Array.isArray(value) ? value.join(', ') : String(value)}</dd>`)}</dl>`;
}

function Encode({ changed }) {
  const [name, setName] = useState('');
  const [text, setText] = useState('');
  const [replace, setReplace] = useState(false);
  const [told, setTold] = useState(null);

  const read = (content, file) => {
    setText(content);
    setName(name || file.replace(/[^A-Za-z0-9._-]+/g, '-'));
  };
  const submit = async () => {
    try {
      await post('v1/memories', { name, text, replace });
      setTold({ text: `${name} is being encoded: see Jobs` });
      setText('');
      setName('');
    } catch (e) {
      setTold({ problem: true, text: e.message });
    }
    changed();
  };

  return html`
    <${FoldedForm} title="Remember a text" submit=${submit}>
      <div class="row">
        <label>Name
          <input name="name" required pattern="[A-Za-z0-9][A-Za-z0-9._\\-]{0,99}" value=${name}
                 title="1 to 100 letters, digits, dots, hyphens or underscores; begins with a letter or digit"
                 onInput=${event => setName(event.target.value)} />
        </label>
        <${TextFile} label="Text file" accept="text/*,.txt,.md" read=${read} />
      </div>
      <label>Text
        <textarea name="text" rows="6" required value=${text} onInput=${event => setText(event.target.value)}></textarea>
      </label>
      <label><input type="checkbox" checked=${replace} onChange=${event => setReplace(event.target.checked)} />
        Replace a memory of that name</label>
      <button type="submit">Remember</button>
      ${told && html`<p class=${told.problem ? 'problem' : 'muted'} role="status">${told.text}</p>`}
    <//>`;
}
