import { html } from './preact.js';

/** A form that a button opens. */
export function FoldedForm({ title, submit, children }) {
  const submitted = event => {
    event.preventDefault();
    submit();
  };
  return html`
    <details>
      <summary role="button" class="secondary outline">${title}</summary>
      <form onSubmit=${submitted}>${children}</form>
    </details>`;
}

/** A field for a file, of which `read` gets the text and the name without its ending. */
export function TextFile({ label, name, accept, read }) {
  const chosen = async event => {
    const [file] = event.target.files;
    if (file) {
      read(await file.text(), file.name.replace(/\.[^.]*$/, ''));
    }
  };
  return html`
    <label>${label}
      <input type="file" name=${name} accept=${accept} onChange=${chosen} />
    </label>`;
}
