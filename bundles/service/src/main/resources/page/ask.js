import { html, useRef, useState } from './preact.js';
import { ask } from './api.js';

/** A question to one memory or several, and their answers side by side. */
export function Ask({ base, memories }) {
  const [question, setQuestion] = useState('');
  const [chosen, setChosen] = useState(null);
  const [answers, setAnswers] = useState([]);
  const asking = useRef(null);
  const open = answers.some(answer => answer.open);

  const models = [{ id: base, label: `${base} by itself` },
    ...memories.map(memory => ({ id: memory.model, label: memory.name }))];
  const asked = chosen ?? models.slice(memories.length ? 1 : 0).slice(0, 1).map(model => model.id);
  const choose = (id, yes) => setChosen(yes ? [...asked, id] : asked.filter(other => other !== id));
  const change = (id, how) => setAnswers(before => before.map(answer => answer.id === id ? { ...answer, ...how(answer) } : answer));

  const submit = event => {
    event.preventDefault();
    const controller = new AbortController();
    asking.current = controller;
    const these = models.filter(model => asked.includes(model.id));
    setAnswers(these.map(model => ({ ...model, text: '', open: true })));
    these.forEach(async ({ id }) => {
      try {
        const usage = await ask(id, question, controller.signal, piece => change(id, answer => ({ text: answer.text + piece })));
        change(id, () => ({ open: false, usage }));
      } catch (problem) {
        change(id, () => ({ open: false, problem: problem.name === 'AbortError' ? 'stopped' : problem.message }));
      }
    });
  };
  const submitByKey = event => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.target.form.requestSubmit();
    }
  };

  return html`
    <section id="ask" aria-labelledby="ask-title">
      <h2 id="ask-title">Ask</h2>
      <form onSubmit=${submit}>
        <label>Question
          <textarea name="question" rows="2" required value=${question} onKeyDown=${submitByKey}
                    onInput=${event => setQuestion(event.target.value)}></textarea>
        </label>
        <fieldset class="choice">
          <legend>Who answers</legend>
          ${models.map(model => html`
            <label key=${model.id}>
              <input type="checkbox" name="model" value=${model.id} checked=${asked.includes(model.id)}
                     onChange=${event => choose(model.id, event.target.checked)} />
              ${model.label}
            </label>`)}
        </fieldset>
        ${open
          ? html`<button type="button" class="secondary" onClick=${() => asking.current.abort()}>Stop</button>`
          : html`<button type="submit" disabled=${asked.length === 0}>Ask</button>`}
      </form>
      <div class="answers" aria-live="polite">
        ${answers.map(answer => html`
          <article key=${answer.id} aria-busy=${answer.open && answer.text === '' ? 'true' : null}>
            <header>${answer.label}</header>
            <p class="answer">${answer.text}</p>
            ${answer.problem && html`<p class="problem">${answer.problem}</p>`}
            ${answer.usage && html`<footer>${answer.usage.prompt_tokens} tokens read, ${answer.usage.completion_tokens} written</footer>`}
          </article>`)}
      </div>
    </section>`;
}
