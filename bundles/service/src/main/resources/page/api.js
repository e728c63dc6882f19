// The service, as the page asks it.

const KEY = 'perk-api-key';

export const key = {
  get: () => sessionStorage.getItem(KEY) ?? '',
  set: value => value ? sessionStorage.setItem(KEY, value) : sessionStorage.removeItem(KEY),
};

/** What a request failed with: the service's own words. */
export class Failure extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** A body that is a text is JSON already. */
async function request(method, path, body, options = {}) {
  const headers = {};
  if (key.get()) {
    headers.Authorization = `Bearer ${key.get()}`;
  }
  if (body !== undefined) {
    headers['Content-Type'] = 'application/json';
  }
  let response;
  try {
    const sent = typeof body === 'object' ? JSON.stringify(body) : body;
    response = await fetch(path, { method, headers, body: sent, ...options });
  } catch (e) {
    if (e.name === 'AbortError') {
      throw e;
    }
    throw new Failure(0, 'the service can\'t be reached');
  }
  if (!response.ok) {
    const told = await response.json().catch(() => null);
    throw new Failure(response.status, told?.error?.message ?? `${response.status} ${response.statusText}`);
  }
  return response;
}

export const get = async path => (await request('GET', path)).json();
export const post = async (path, body) => (await request('POST', path, body)).json();
export const remove = async path => (await request('DELETE', path)).json();

/** Asks a model, and tells each piece of its answer as it comes. Returns the usage. */
export async function ask(model, question, signal, piece) {
  const response = await request('POST', 'v1/chat/completions', {
    model, stream: true, stream_options: { include_usage: true }, messages: [{ role: 'user', content: question }],
  }, { signal });
  let usage = null;
  for await (const event of events(response.body)) {
    if (event.error) {
      throw new Failure(500, event.error.message);
    }
    usage = event.usage ?? usage;
    const text = event.choices?.[0]?.delta?.content;
    if (text) {
      piece(text);
    }
  }
  return usage;
}

/** The objects of a stream of server-sent events. */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) {
      return;
    }
    rest += value;
    const whole = rest.split('\n\n');
    rest = whole.pop();
    for (const event of whole) {
      const data = event.replace(/^data: /, '');
      if (data !== '[DONE]') {
        yield JSON.parse(data);
      }
    }
  }
}
